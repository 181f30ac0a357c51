import type { Written } from '../source/written.ts'
import type { Kind } from './kind.ts'
import { type Measure, measure, measureOrOff } from './measure.ts'

const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/
const UNITS_MS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
])

/** Timers count in 31 bits; a longer delay would fire at once. */
const TOO_LONG_MS = 2 ** 31

const MORE_THAN_ZERO: Measure = {
  says: 'a duration as 250ms, 5s, 10m or 1h, more than 0 and less than 596h',
  parse: durationOf,
  allows: (value) => value > 0 && value < TOO_LONG_MS,
  json: { type: 'string', pattern: DURATION.source },
}

const AT_LEAST_ZERO: Measure = {
  says: 'a duration as 0s, 250ms, 5s, 10m or 1h, less than 596h',
  parse: durationOf,
  allows: (value) => value < TOO_LONG_MS,
  json: { type: 'string', pattern: DURATION.source },
}

/** All of these are milliseconds for the server. */
export const DURATION_ABOVE_ZERO: Kind<number> = measure(MORE_THAN_ZERO)
export const DURATION_OR_OFF: Kind<number> = measureOrOff(MORE_THAN_ZERO)
export const DURATION_OR_ZERO: Kind<number> = measure(AT_LEAST_ZERO)
export const DURATION_OR_ZERO_OR_OFF: Kind<number> = measureOrOff(AT_LEAST_ZERO)

/** Linux counts keep-alive in 15 bits of whole seconds, and quietly takes two hours for anything else. */
export const KEEP_ALIVE: Kind<number> = measureOrOff({
  ...MORE_THAN_ZERO,
  says: 'a duration from 1s to 9h',
  allows: (value) => value >= 1_000 && value <= 32_400_000,
})

/** In a file a number has no unit, and one that is guessed is wrong by a factor of 1 000; in a program it is milliseconds. */
function durationOf(given: unknown, written: Written | undefined): number | undefined {
  if (typeof given === 'number') return written === undefined && given >= 0 ? given : undefined
  if (typeof given !== 'string') return undefined
  const [, digits, unit = ''] = DURATION.exec(given) ?? []
  const unitMs = UNITS_MS.get(unit)
  return unitMs === undefined ? undefined : Math.round(Number(digits) * unitMs * 1_000) / 1_000
}
