/** A copy of the packages in which bugs are planted, and its test runs. */
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

import { ALL_TESTS, ENVIRONMENT, TESTS } from './tests.mjs'

/**
 * @typedef {object} Mutant
 * @property {string} breaks what is broken, as a sentence
 * @property {string} file below `packages/connpool/src`, or from `packages/` on
 * @property {string} find what must be there exactly once, however it is spaced
 * @property {string} put what is put in its place
 * @property {readonly string[]} killers the tests that should find it, the likeliest first
 */

/**
 * @typedef {object} Verdict
 * @property {'killed' | 'survived' | 'broken'} fate `broken`: it does not even load
 * @property {string} [by] the first test that failed
 * @property {boolean} isByNamed whether that is one of those that the mutant names
 * @property {number} ms
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** What takes longer hangs: a few tests, and all of them. */
const MOST_MS = 120_000
const MOST_MS_FOR_ALL = 900_000

export class Copy {
  /** @readonly */
  #folder = mkdtempSync(join(tmpdir(), 'mutants-'))

  constructor() {
    mkdirSync(join(this.#folder, 'packages'))
    for (const each of ['packages/connpool', 'packages/server']) this.#take(each)
    for (const file of ['vitest.config.ts', 'package.json', 'tsconfig.base.json']) {
      cpSync(join(ROOT, file), join(this.#folder, file))
    }
    symlinkSync(join(ROOT, 'node_modules'), join(this.#folder, 'node_modules'))
  }

  /** @param {string} folder one package */
  #take(folder) {
    const filter = (/** @type {string} */ path) => !/\/(dist|node_modules)$/u.test(path)
    cpSync(join(ROOT, folder), join(this.#folder, folder), { recursive: true, filter })
    const modules = join(folder, 'node_modules')
    if (existsSync(join(ROOT, modules))) symlinkSync(join(ROOT, modules), join(this.#folder, modules))
  }

  remove() {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /**
   * @param {Mutant} mutant
   * @returns {Promise<Verdict>}
   */
  async tryOut(mutant) {
    const path = join(this.#folder, pathOf(mutant))
    const sound = readFileSync(path, 'utf8')
    writeFileSync(path, mutated(mutant, this.#folder) ?? sound)
    try {
      return await this.#find(mutant)
    } finally {
      writeFileSync(path, sound)
    }
  }

  /**
   * One test after the other, those that the mutant names first, up to one that fails; then all others of its package.
   *
   * @param {Mutant} mutant
   * @returns {Promise<Verdict>}
   */
  async #find({ file, killers }) {
    let ms = 0
    for (const name of killers) {
      const verdict = await this.run([name])
      ms += verdict.ms
      if (verdict.fate !== 'survived') return { ...verdict, ms }
    }
    const verdict = await this.run(testsBeside(file).filter((name) => !killers.includes(name)))
    return { ...verdict, isByNamed: false, ms: ms + verdict.ms }
  }

  /**
   * Runs the tests of these names, up to the first that fails.
   *
   * @param {readonly string[]} names
   * @returns {Promise<Verdict>}
   */
  async run(names) {
    const startedAt = performance.now()
    const output = join(this.#folder, 'result.json')
    rmSync(output, { force: true })
    const files = names.map((name) => TESTS[name] ?? fail(`there are no tests called ${name}`))
    const mostMs = names.length > 5 ? MOST_MS_FOR_ALL : MOST_MS
    const isGood = await this.#vitest([...files, '--reporter=json', `--outputFile=${output}`], mostMs)
    const ms = performance.now() - startedAt
    if (isGood === 'hangs') return { fate: 'killed', by: 'it hangs', isByNamed: true, ms }
    if (isGood) return { fate: 'survived', isByNamed: true, ms }
    return { ...judge(output), isByNamed: true, ms }
  }

  /**
   * @param {readonly string[]} parameters
   * @param {number} mostMs
   * @returns {Promise<boolean | 'hangs'>}
   */
  #vitest(parameters, mostMs) {
    const options = ['run', '--bail=1', '--maxWorkers=1', '--no-file-parallelism', ...parameters]
    const child = spawn(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), ...options], {
      cwd: this.#folder,
      env: { ...process.env, ...ENVIRONMENT },
      stdio: 'ignore',
      detached: true,
    })
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        resolve('hangs')
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      }, mostMs)
      child.on('exit', (code) => {
        clearTimeout(timer)
        resolve(code === 0)
      })
    })
  }
}

/**
 * The text of the file with the bug in it, or `undefined` if there is not exactly one place for it.
 *
 * @param {Mutant} mutant
 * @param {string} root of the repository, or of a copy
 */
export function mutated({ file, find, put }, root = ROOT) {
  const text = readFileSync(join(root, pathOf({ file })), 'utf8')
  const places = [...text.matchAll(new RegExp(patternOf(find), 'gu'))]
  const [place] = places
  if (place === undefined || places.length > 1) return undefined
  return text.slice(0, place.index) + put + text.slice(place.index + place[0].length)
}

/** @param {Pick<Mutant, 'file'>} mutant */
function pathOf({ file }) {
  return file.startsWith('packages/') ? file : join('packages/connpool/src', file)
}

/**
 * The tests of the package that a file is in.
 *
 * @param {string} file
 */
function testsBeside(file) {
  const folder = file.startsWith('packages/server/') ? 'packages/server/' : 'packages/connpool/'
  return ALL_TESTS.filter((name) => TESTS[name]?.startsWith(folder))
}

/**
 * @param {string} output
 * @returns {{ fate: 'killed' | 'broken', by: string }}
 */
function judge(output) {
  /** @type {{ testResults: { message: string, assertionResults: { status: string, fullName: string }[] }[] }} */
  const { testResults } = JSON.parse(readFileSync(output, 'utf8'))
  const failed = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .find(({ status }) => status === 'failed')
  if (failed !== undefined) return { fate: 'killed', by: failed.fullName.trim() }
  const unloaded = testResults.find(({ message, assertionResults }) => message !== '' && assertionResults.length === 0)
  if (unloaded !== undefined) return { fate: 'broken', by: unloaded.message.split('\n')[0] ?? '' }
  return { fate: 'killed', by: 'an error that nobody caught' }
}

/**
 * Words and signs in this order, with any white space or none between them.
 *
 * @param {string} find
 */
function patternOf(find) {
  const parts = find.match(/[\w$#]+|[^\s\w$#]/gu) ?? []
  return parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\/]/gu, String.raw`\$&`)).join(String.raw`\s*`)
}

/**
 * @param {string} why
 * @returns {never}
 */
function fail(why) {
  throw new Error(why)
}
