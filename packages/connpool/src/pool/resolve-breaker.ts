import type { BreakerOptions, BreakerRules } from '../breaker/breaker-options.ts'
import { withMethods } from '../options/kind-rules.ts'
import { COUNT, FINITE_DURATION, RATIO_OR_INFINITY } from '../options/number-rules.ts'
import { readOptions, type Rules } from '../options/read-options.ts'
import { invalidOptions } from '../options/rule.ts'
import { DEFAULT_POOL_OPTIONS } from './default-options.ts'

const RULES: Rules<BreakerOptions> = {
  failureThreshold: COUNT,
  failureRatio: RATIO_OR_INFINITY,
  windowMs: FINITE_DURATION,
  minSamples: COUNT,
  openMs: FINITE_DURATION,
  maxOpenMs: FINITE_DURATION,
  halfOpenProbes: COUNT,
  rule: withMethods('success', 'failure'),
}

/** Undefined when the breaker is off. A default gives way to the value beside it, as in the backoff. */
export function resolveBreaker(given: false | BreakerOptions | undefined): BreakerRules | undefined {
  const defaults = DEFAULT_POOL_OPTIONS.breaker
  if (given === false) return undefined
  if (given === undefined) return defaults
  const options = readOptions(given, RULES, 'breaker')
  requireOneJudge(options)
  const openMs = options.openMs ?? Math.min(defaults.openMs, options.maxOpenMs ?? Infinity)
  const maxOpenMs = options.maxOpenMs ?? Math.max(defaults.maxOpenMs, openMs)
  if (openMs <= maxOpenMs) return Object.freeze({ ...defaults, ...options, openMs, maxOpenMs })
  throw invalidOptions(`breaker.openMs must not exceed breaker.maxOpenMs; got ${openMs} and ${maxOpenMs}`)
}

/** A rule decides alone: what it is given beside would not be heard. */
function requireOneJudge(options: BreakerOptions): void {
  if (options.rule === undefined) return
  for (const name of ['failureThreshold', 'failureRatio', 'windowMs', 'minSamples'] as const) {
    if (options[name] === undefined) continue
    throw invalidOptions(
      `breaker.${name} must not be given with breaker.rule, which decides alone; got ${options[name]}`,
    )
  }
}
