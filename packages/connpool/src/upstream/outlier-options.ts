import { COUNT, COUNT_OR_INFINITY, FINITE_DURATION, RATIO, RATIO_OR_INFINITY } from '../options/number-rules.ts'
import { readOptions, type Rules } from '../options/read-options.ts'
import { invalidOptions } from '../options/rule.ts'

/**
 * When an endpoint of several is left out for a while because it fails where others do not. Names and meaning are
 * Envoy's; failures are leases that end badly, and without a breaker failed dials.
 */
export interface OutlierOptions {
  /**
   * Failures in a row that eject an endpoint. A whole number, at least 1, or `Infinity`: off.
   *
   * @default 5
   */
  readonly consecutiveFailures?: number
  /**
   * The share of failures among the results of the last `windowMs` that ejects an endpoint too: more than 0 and at most
   * 1, or `Infinity`: off.
   *
   * @default 0.85
   */
  readonly failureRatio?: number
  /**
   * How long a result counts for `failureRatio`, in milliseconds; more than 0 and less than 2³¹. So much time without an
   * ejection also makes the next one shorter again, by one `baseEjectionMs`.
   *
   * @default 10_000
   */
  readonly windowMs?: number
  /**
   * With fewer results in the window than this, `failureRatio` ejects nothing. A whole number, at least 1.
   *
   * @default 50
   */
  readonly minSamples?: number
  /**
   * How long the first ejection lasts, in milliseconds; more than 0 and less than 2³¹. The second of late lasts twice as
   * long, the third three times; each up to a quarter less at random.
   *
   * @default 30_000, or `maxEjectionMs` if that is less
   */
  readonly baseEjectionMs?: number
  /**
   * The longest ejection, in milliseconds; less than 2³¹ and not less than `baseEjectionMs`.
   *
   * @default 300_000, or `baseEjectionMs` if that is more
   */
  readonly maxEjectionMs?: number
  /**
   * At most this share of the endpoints is ejected at the same time, but always one may be; 0 for none. From 0 to 1.
   *
   * @default 0.5
   */
  readonly maxEjectionRatio?: number
}

/** What an upstream does unless it is told otherwise. The only place with these numbers. */
const DEFAULTS: Required<OutlierOptions> = Object.freeze({
  consecutiveFailures: 5,
  failureRatio: 0.85,
  windowMs: 10_000,
  minSamples: 50,
  baseEjectionMs: 30_000,
  maxEjectionMs: 300_000,
  maxEjectionRatio: 0.5,
})

const RULES: Rules<OutlierOptions> = {
  consecutiveFailures: COUNT_OR_INFINITY,
  failureRatio: RATIO_OR_INFINITY,
  windowMs: FINITE_DURATION,
  minSamples: COUNT,
  baseEjectionMs: FINITE_DURATION,
  maxEjectionMs: FINITE_DURATION,
  maxEjectionRatio: RATIO,
}

/** Undefined when nothing is to be ejected. A default gives way to the value beside it, as in the breaker. */
export function resolveOutlier(given: false | OutlierOptions | undefined): Required<OutlierOptions> | undefined {
  if (given === false) return undefined
  if (given === undefined) return DEFAULTS
  const options = readOptions(given, RULES, 'outlier')
  const baseEjectionMs = options.baseEjectionMs ?? Math.min(DEFAULTS.baseEjectionMs, options.maxEjectionMs ?? Infinity)
  const maxEjectionMs = options.maxEjectionMs ?? Math.max(DEFAULTS.maxEjectionMs, baseEjectionMs)
  if (baseEjectionMs <= maxEjectionMs) return Object.freeze({ ...DEFAULTS, ...options, baseEjectionMs, maxEjectionMs })
  throw invalidOptions(
    `outlier.baseEjectionMs must not exceed outlier.maxEjectionMs; got ${baseEjectionMs} and ${maxEjectionMs}`,
  )
}
