// Runs the integration tests against the built package under the other Node versions it promises to work on.
// Each Node is an npm package, installed once into `.node-versions/<major>`, which git ignores.
// `node scripts/node-matrix.mjs 24 26` runs only these.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** @type {Readonly<Record<string, string>>} */
const versions = { 22: '22.23.3', 24: '24.21.0', 26: '26.10.0' }

const root = fileURLToPath(new URL('..', import.meta.url))
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(versions)

for (const major of wanted) {
  if (!Object.hasOwn(versions, major)) fail(`no Node ${major} here; there are ${Object.keys(versions).join(', ')}`)
}

run(`${root}node_modules/.bin/tsc`, ['-b'])

/** @type {string[]} */
const failed = []
for (const major of wanted) {
  const node = install(major)
  console.log(`\n== Node ${versions[major]}: integration tests of the built package`)
  const { status } = spawnSync(node, ['node_modules/vitest/vitest.mjs', 'run', '--project', 'integration'], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, CONNPOOL_TEST_TARGET: 'dist' },
  })
  if (status !== 0) failed.push(major)
}
if (failed.length > 0) fail(`tests failed under Node ${failed.join(', ')}`)

/**
 * The package of one platform holds the program itself, so no install script has to run.
 *
 * @param {string} major
 * @returns {string} the path of the `node` program
 */
function install(major) {
  const name = `node-${process.platform}-${process.arch}`
  const folder = `${root}.node-versions/${major}`
  const node = `${folder}/node_modules/${name}/bin/node`
  if (existsSync(node) && versionOf(node) === `v${versions[major]}`) return node

  mkdirSync(folder, { recursive: true })
  run('npm', [
    'install',
    '--prefix',
    folder,
    '--no-save',
    '--no-package-lock',
    '--ignore-scripts',
    `${name}@${versions[major]}`,
  ])
  if (versionOf(node) !== `v${versions[major]}`) fail(`${node} is not Node ${versions[major]}`)
  return node
}

/** @param {string} node */
function versionOf(node) {
  return spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.trim()
}

/**
 * @param {string} program
 * @param {string[]} parameters
 */
function run(program, parameters) {
  const { status } = spawnSync(program, parameters, { cwd: root, stdio: 'inherit' })
  if (status !== 0) fail(`${program} ${parameters.join(' ')} ended with ${status}`)
}

/**
 * @param {string} why
 * @returns {never}
 */
function fail(why) {
  console.error(`node-matrix: ${why}`)
  process.exit(1)
}
