import type { Written } from '../source/written.ts'
import type { Kind } from './kind.ts'
import { type Measure, measure, measureOrOff } from './measure.ts'

const NUMERAL = /^-?\d+(?:\.\d+)?$/

const AT_LEAST_ONE = whole('a whole number, at least 1', 1)
const AT_LEAST_ZERO = whole('a whole number, at least 0', 0)

export const COUNT: Kind<number> = measure(AT_LEAST_ONE)
export const COUNT_OR_ZERO: Kind<number> = measure(AT_LEAST_ZERO)
export const COUNT_OR_OFF: Kind<number> = measureOrOff(AT_LEAST_ONE)
export const COUNT_OR_ZERO_OR_OFF: Kind<number> = measureOrOff(AT_LEAST_ZERO)
export const PORT: Kind<number> = measure(whole('a port, a whole number from 1 to 65535', 1, 65_535))
export const BACKLOG: Kind<number> = measure(whole('a whole number from 1 to 65535', 1, 65_535))

export const RATIO: Kind<number> = measure({
  says: 'a number from 0 to 1',
  parse: numberOf,
  allows: (value) => value >= 0 && value <= 1,
  json: { type: 'number', minimum: 0, maximum: 1 },
})

/** A share that must be reached. */
export const RATIO_OR_OFF: Kind<number> = measureOrOff({
  says: 'a number, more than 0 and at most 1',
  parse: numberOf,
  allows: (value) => value > 0 && value <= 1,
  json: { type: 'number', exclusiveMinimum: 0, maximum: 1 },
})

export const WEIGHT: Kind<number> = measure({
  says: 'a number, more than 0 and finite',
  parse: numberOf,
  allows: (value) => value > 0,
  json: { type: 'number', exclusiveMinimum: 0 },
})

function whole(says: string, least: number, most = Number.MAX_SAFE_INTEGER): Measure {
  return {
    says,
    parse: numberOf,
    allows: (value) => Number.isInteger(value) && value >= least && value <= most,
    json: { type: 'integer', minimum: least, ...(most < Number.MAX_SAFE_INTEGER && { maximum: most }) },
  }
}

/** What the environment says is text; there, digits are a number. */
function numberOf(given: unknown, written: Written | undefined): number | undefined {
  if (typeof given === 'number') return given
  if (typeof given !== 'string' || written?.isFromEnvironment !== true) return undefined
  return NUMERAL.test(given) ? Number(given) : undefined
}
