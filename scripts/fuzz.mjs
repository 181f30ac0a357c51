// Feeds parsers what nobody would send: `npm run fuzz -- --inputs 5000000 --seed 1 --target redis`. A target is run if its
// name begins with what is given. The first input that does what none may is printed in hex and tried again by
// `--target NAME --input HEX`; then this exits with 1. Runs the built package.
import process from 'node:process'
import { setImmediate } from 'node:timers/promises'
import { parseArgs } from 'node:util'

import { canary } from './fuzz/canary.mjs'
import { makeInput } from './fuzz/mutate.mjs'
import { Random } from './fuzz/random.mjs'
import { targets } from './fuzz/targets.mjs'

/** @import { FuzzTarget } from './fuzz/targets.mjs' */

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '5000000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 32)) },
    target: { type: 'string', default: '' },
    input: { type: 'string' },
  },
})
const inputs = wholeNumber('inputs', values.inputs)
const seed = wholeNumber('seed', values.seed)
const wanted = values.target === canary.name ? [canary] : targets.filter(({ name }) => name.startsWith(values.target))
if (wanted.length === 0) {
  refuse(`no target begins with "${values.target}". Targets: ${targets.map(({ name }) => name).join(', ')}`)
}

if (values.input === undefined) {
  console.log(`seed ${seed}, ${inputs} inputs each`)
  for (const target of wanted) await fuzz(target)
} else {
  const input = Buffer.from(values.input, 'hex')
  for (const target of wanted) console.log(`${target.name}: ${attempt(target, input)}`)
}

/** @param {FuzzTarget} target */
async function fuzz(target) {
  const random = new Random(seed)
  /** @type {Map<string, number>} */
  const outcomes = new Map()
  Error.stackTraceLimit = 0 // most inputs are refused, and a stack costs more than all the rest
  const startedAt = performance.now()
  for (let count = 0; count < inputs; count++) {
    const outcome = attempt(target, makeInput(target, random))
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    // What a target puts off, as the library does when it is asked what it thinks of an upstream, is kept until then.
    if (count % 1_000 === 999) await setImmediate()
  }
  const seconds = (performance.now() - startedAt) / 1000
  const rate = Math.round(inputs / seconds).toLocaleString('en')
  console.log(`${target.name}: ${seconds.toFixed(1)} s, ${rate} a second; ${listed(outcomes)}`)
}

/**
 * @param {FuzzTarget} target
 * @param {Buffer} input
 */
function attempt(target, input) {
  try {
    return target.run(input)
  } catch {
    return fail(target, input)
  }
}

/**
 * Once more, for the stack.
 *
 * @param {FuzzTarget} target
 * @param {Buffer} input
 * @returns {never}
 */
function fail(target, input) {
  console.error(
    `${target.name} failed (seed ${seed}). Again by:\n--target ${target.name} --input ${input.toString('hex')}`,
  )
  Error.stackTraceLimit = 10
  try {
    console.error(`A second time it did not: ${target.run(input)}`)
  } catch (error) {
    console.error(error)
  }
  process.exit(1)
}

/** @param {Map<string, number>} outcomes */
function listed(outcomes) {
  const parts = [...outcomes].toSorted(([, a], [, b]) => b - a)
  return parts.map(([outcome, count]) => `${((100 * count) / inputs).toFixed(1)} % ${outcome}`).join(', ')
}

/**
 * @param {string} name
 * @param {string} text
 */
function wholeNumber(name, text) {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= 0) return number
  return refuse(`--${name} must be a whole number, got "${text}"`)
}

/**
 * @param {string} why
 * @returns {never}
 */
function refuse(why) {
  console.error(`fuzz: ${why}`)
  process.exit(2)
}
