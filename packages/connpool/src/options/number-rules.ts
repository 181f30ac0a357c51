import type { Rule } from './rule.ts'

/** Timers count in 31 bits; a longer delay would fire at once. */
const TOO_LONG_MS = 2 ** 31

const LONGEST = 'less than 2147483648 (2^31)'

/** A wait that must have an end. */
export const FINITE_DURATION: Rule = {
  says: `a duration in milliseconds, more than 0 and ${LONGEST}`,
  allows: (value) => isDuration(value) && value > 0,
}

export const DURATION_OR_INFINITY: Rule = {
  says: `a duration in milliseconds, more than 0 and ${LONGEST}, or Infinity`,
  allows: (value) => value === Infinity || (isDuration(value) && value > 0),
}

export const DURATION_OR_ZERO: Rule = {
  says: `a duration in milliseconds, at least 0 and ${LONGEST}`,
  allows: isDuration,
}

export const DURATION_OR_ZERO_OR_INFINITY: Rule = {
  says: `a duration in milliseconds, at least 0 and ${LONGEST}, or Infinity`,
  allows: (value) => value === Infinity || isDuration(value),
}

/** Linux counts keep-alive in 15 bits of whole seconds, and quietly takes two hours for anything else. */
export const KEEP_ALIVE: Rule = {
  says: 'a duration in milliseconds from 1000 to 32767000, or Infinity',
  allows: (value) => value === Infinity || (isDuration(value) && value >= 1000 && value <= 32_767_000),
}

export const COUNT: Rule = {
  says: 'a whole number, at least 1',
  allows: (value) => isWhole(value) && value >= 1,
}

export const COUNT_OR_ZERO: Rule = {
  says: 'a whole number, at least 0',
  allows: (value) => isWhole(value) && value >= 0,
}

export const COUNT_OR_INFINITY: Rule = {
  says: 'a whole number, at least 1, or Infinity',
  allows: (value) => value === Infinity || COUNT.allows(value),
}

export const COUNT_OR_ZERO_OR_INFINITY: Rule = {
  says: 'a whole number, at least 0, or Infinity',
  allows: (value) => value === Infinity || COUNT_OR_ZERO.allows(value),
}

export const RATIO: Rule = {
  says: 'a number from 0 to 1',
  allows: (value) => typeof value === 'number' && value >= 0 && value <= 1,
}

/** A share that must be reached. */
export const RATIO_OR_INFINITY: Rule = {
  says: 'a number, more than 0 and at most 1, or Infinity',
  allows: (value) => value === Infinity || (RATIO.allows(value) && value !== 0),
}

export const PORT: Rule = {
  says: 'a whole number from 1 to 65535',
  allows: (value) => isWhole(value) && value >= 1 && value <= 65_535,
}

/** A whole number of things, at least 0, of which there is a limit. */
export function countUpTo(limit: number, whatItIs: string): Rule {
  return {
    says: `a whole number from 0 to ${limit} (${whatItIs})`,
    allows: (value) => isWhole(value) && value >= 0 && value <= limit,
  }
}

function isDuration(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < TOO_LONG_MS
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value)
}
