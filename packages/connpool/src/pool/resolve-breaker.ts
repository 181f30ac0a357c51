import { COUNT, FINITE_DURATION } from '../options/number-rules.ts'
import { readOptions, type Rules } from '../options/read-options.ts'
import { invalidOptions } from '../options/rule.ts'
import { DEFAULT_POOL_OPTIONS } from './default-options.ts'
import type { BreakerOptions } from '../breaker/breaker-options.ts'

const RULES: Rules<BreakerOptions> = {
  failureThreshold: COUNT,
  openMs: FINITE_DURATION,
  maxOpenMs: FINITE_DURATION,
  halfOpenProbes: COUNT,
}

/** Undefined when the breaker is off. A default gives way to the value beside it, as in the backoff. */
export function resolveBreaker(given: false | BreakerOptions | undefined): Required<BreakerOptions> | undefined {
  const defaults = DEFAULT_POOL_OPTIONS.breaker
  if (given === false) return undefined
  if (given === undefined) return defaults
  const options = readOptions(given, RULES, 'breaker')
  const openMs = options.openMs ?? Math.min(defaults.openMs, options.maxOpenMs ?? Infinity)
  const maxOpenMs = options.maxOpenMs ?? Math.max(defaults.maxOpenMs, openMs)
  if (openMs <= maxOpenMs) return Object.freeze({ ...defaults, ...options, openMs, maxOpenMs })
  throw invalidOptions(`breaker.openMs must not exceed breaker.maxOpenMs; got ${openMs} and ${maxOpenMs}`)
}
