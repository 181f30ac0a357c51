// Plants bugs, one at a time, and shows that the tests find each. A bug is a sentence, a place and what to put there;
// it is planted in a copy, never in the work tree. Fails if one survives, or does not fit the source any more.
// `npm run mutants -- drain workers/` plants only those whose sentence or file has one of these words; `--list` only lists
// them, and fails if one does not fit. A word that none of them has is an error.
import { availableParallelism } from 'node:os'
import process from 'node:process'

import { admin } from './mutants/admin.mjs'
import { alarms } from './mutants/alarms.mjs'
import { balancing } from './mutants/balancing.mjs'
import { breaker } from './mutants/breaker.mjs'
import { config } from './mutants/config.mjs'
import { Copy, mutated } from './mutants/copy.mjs'
import { deciding } from './mutants/deciding.mjs'
import { dispatch } from './mutants/dispatch.mjs'
import { discovery } from './mutants/discovery.mjs'
import { endpoint } from './mutants/endpoint.mjs'
import { fastPaths } from './mutants/fast-paths.mjs'
import { manager } from './mutants/manager.mjs'
import { nested } from './mutants/nested.mjs'
import { ports } from './mutants/ports.mjs'
import { protocols } from './mutants/protocols.mjs'
import { proxyHeaders } from './mutants/proxy-headers.mjs'
import { services } from './mutants/services.mjs'
import { sessions } from './mutants/sessions.mjs'
import { shell } from './mutants/shell.mjs'
import { ALL_TESTS } from './mutants/tests.mjs'
import { upstream } from './mutants/upstream.mjs'
import { workers } from './mutants/workers.mjs'

/** @import { Mutant } from './mutants/copy.mjs' */
/** @import { Verdict } from './mutants/copy.mjs' */

/** @type {readonly Mutant[]} */
const all = [
  ...deciding,
  ...fastPaths,
  ...alarms,
  ...endpoint,
  ...breaker,
  ...shell,
  ...discovery,
  ...manager,
  ...nested,
  ...balancing,
  ...upstream,
  ...admin,
  ...config,
  ...protocols,
  ...proxyHeaders,
  ...sessions,
  ...ports,
  ...services,
  ...dispatch,
  ...workers,
]

const words = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const unknown = words.filter((word) => !all.some((mutant) => has(mutant, word)))
if (unknown.length > 0) {
  console.error(`No bug has the word ${unknown.join(', nor ')} in its sentence or its file; --list lists them.`)
  process.exit(1)
}
const mutants = words.length === 0 ? all : all.filter((mutant) => words.some((word) => has(mutant, word)))
const misfits = mutants.filter((mutant) => mutated(mutant) === undefined)
if (misfits.length > 0) {
  for (const { breaks, file, find } of misfits) {
    console.error(`"${breaks}" does not fit: ${file} must have this exactly once:\n${find}\n`)
  }
  process.exit(1)
}

if (process.argv.includes('--list')) {
  const list = mutants.map(({ breaks, file }) => `${file}: ${breaks}\n`).join('')
  // What a pipe has not taken yet would be lost by the exit.
  await new Promise((written) => process.stdout.write(list, written))
  process.exit(0)
}

const startedAt = performance.now()
const first = new Copy()
const copies = availableParallelism() > 1 ? [first, new Copy()] : [first]
process.on('exit', () => {
  for (const copy of copies) copy.remove()
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))

console.log(`${mutants.length} bugs; first, the tests without any`)
const named = [...new Set(mutants.flatMap(({ killers }) => killers))]
const sound = await first.run(words.length === 0 ? ALL_TESTS : named)
if (sound.fate !== 'survived') {
  console.error(`The tests fail as it is (${sound.by}): nothing can be learnt from bugs.`)
  process.exit(1)
}

/** @type {{ mutant: Mutant, verdict: Verdict }[]} */
const results = []
const waiting = [...mutants]
await Promise.all(copies.map((copy) => work(copy)))
report()

/**
 * @param {Mutant} mutant
 * @param {string} word
 */
function has({ breaks, file }, word) {
  return breaks.includes(word) || file.includes(word)
}

/** @param {Copy} copy */
async function work(copy) {
  for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
    const verdict = await copy.tryOut(mutant)
    results.push({ mutant, verdict })
    console.log(line(mutant, verdict))
  }
}

/**
 * @param {Mutant} mutant
 * @param {Verdict} verdict
 */
function line({ breaks, file }, { fate, by, ms }) {
  const seconds = `${(ms / 1000).toFixed(1)} s`.padStart(7)
  return `${fate.padEnd(8)} ${seconds}  ${breaks} (${file})${by === undefined ? '' : `\n${' '.repeat(18)}${by}`}`
}

function report() {
  const inOrder = mutants.flatMap((mutant) => results.filter((result) => result.mutant === mutant))
  const survivors = inOrder.filter(({ verdict }) => verdict.fate !== 'killed')
  const lucky = inOrder.filter(({ verdict }) => verdict.fate === 'killed' && !verdict.isByNamed)
  console.log(`\n| bug | file | killed by |\n| --- | --- | --- |`)
  for (const { mutant, verdict } of inOrder) {
    console.log(
      `| ${mutant.breaks} | ${mutant.file} | ${verdict.fate === 'killed' ? verdict.by : `**${verdict.fate}**`} |`,
    )
  }
  for (const { mutant } of lucky) console.log(`Not killed by the tests it names: ${mutant.breaks}`)
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  console.log(`\n${inOrder.length} bugs planted, ${inOrder.length - survivors.length} found, in ${seconds} s`)
  if (survivors.length === 0) return
  for (const { mutant, verdict } of survivors) console.error(`${verdict.fate}: ${mutant.breaks} (${mutant.file})`)
  process.exitCode = 1
}
