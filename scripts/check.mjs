// Everything that must hold before a change lands, in the order in which it is cheapest to learn of a mistake.
// Stops at the first step that fails, and names it. `npm run check -- lint types` runs only these steps.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

const packages = ['packages/connpool', 'packages/server']

/** @type {readonly (readonly [name: string, ...command: string[]])[]} */
const steps = [
  ['format', 'prettier', '--check', '--log-level', 'warn', '.'],
  ['types and build', 'tsc', '-b'],
  ['lint', 'oxlint', '--deny-warnings', '.'],
  ['unused', 'knip'],
  ...packages.map((path) => [`publint ${path}`, 'publint', '--strict', path]),
  ...packages.map((path) => [`attw ${path}`, 'attw', '--pack', path, '--profile', 'esm-only']),
  ['tests', 'vitest', 'run'],
]

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !steps.some(([step]) => step === name))
if (unknown.length > 0) {
  console.error(`check: no step called ${unknown.join(', ')}. Steps: ${steps.map(([name]) => name).join(', ')}.`)
  process.exit(2)
}

for (const [name, program, ...parameters] of steps) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const startedAt = performance.now()
  console.log(`\n== ${name}`)
  const { status, error } = spawnSync(`${root}node_modules/.bin/${program}`, parameters, {
    cwd: root,
    stdio: 'inherit',
  })
  if (error !== undefined || status !== 0) {
    console.error(`\ncheck failed at: ${name} (${[program, ...parameters].join(' ')})`)
    if (error !== undefined) console.error(error)
    process.exit(1)
  }
  console.log(`== ${name}: good, ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
}
