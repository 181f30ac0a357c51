import { FINITE_DURATION } from '../options/number-rules.ts'
import { readOptions, type Rules } from '../options/read-options.ts'
import { invalidOptions } from '../options/rule.ts'
import { DEFAULT_POOL_OPTIONS } from './default-options.ts'
import type { BackoffOptions } from './pool-options.ts'

const RULES: Rules<BackoffOptions> = { baseMs: FINITE_DURATION, maxMs: FINITE_DURATION }

/** A default gives way to the value beside it: `{ baseMs: 20_000 }` alone means that `maxMs` is 20 000 too. */
export function resolveBackoff(given: BackoffOptions | undefined): Required<BackoffOptions> {
  const defaults = DEFAULT_POOL_OPTIONS.backoff
  if (given === undefined) return defaults
  const options = readOptions(given, RULES, 'backoff')
  const baseMs = options.baseMs ?? Math.min(defaults.baseMs, options.maxMs ?? Infinity)
  const maxMs = options.maxMs ?? Math.max(defaults.maxMs, baseMs)
  if (baseMs <= maxMs) return Object.freeze({ baseMs, maxMs })
  throw invalidOptions(`backoff.baseMs must not exceed backoff.maxMs; got ${baseMs} and ${maxMs}`)
}
