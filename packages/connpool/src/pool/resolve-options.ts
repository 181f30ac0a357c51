import { copyEndpoint, parseEndpoint } from '../endpoint.ts'
import { readOptions } from '../options/read-options.ts'
import { invalidOptions } from '../options/rule.ts'
import { checkObserver } from './check-observer.ts'
import { requireOrder } from './check-sizes.ts'
import { DEFAULT_POOL_OPTIONS } from './default-options.ts'
import { POOL_OPTION_RULES } from './pool-option-rules.ts'
import type { PoolOptions, ResolvedPoolOptions } from './pool-options.ts'
import { resolveBackoff } from './resolve-backoff.ts'
import { resolveBreaker } from './resolve-breaker.ts'

const ABSENT = {
  dial: undefined,
  closeConnection: undefined,
  onConnect: undefined,
  reset: undefined,
  probe: undefined,
  observer: undefined,
  clock: undefined,
}

/**
 * Checks a pool's options and fills in the defaults. Throws `INVALID_OPTIONS`, naming option, rule and value, at the
 * first thing that is wrong; nothing is repaired. The answer is frozen and holds nothing the caller could still change.
 */
export function resolvePoolOptions<C>(given: PoolOptions<C>): ResolvedPoolOptions<C> {
  const options: PoolOptions<C> = readOptions(given, POOL_OPTION_RULES)
  requireSomethingToDial(options)
  checkObserver(options.observer)
  const endpointGiven = options.endpoint === undefined ? undefined : copyEndpoint(options.endpoint)
  const endpoint = endpointGiven === undefined ? undefined : parseEndpoint(endpointGiven)
  const resolved: ResolvedPoolOptions<C> = {
    ...ABSENT,
    ...DEFAULT_POOL_OPTIONS,
    ...options,
    endpoint,
    endpointGiven,
    backoff: resolveBackoff(options.backoff),
    breaker: resolveBreaker(options.breaker),
    name: options.name ?? endpoint?.text ?? 'pool',
  }
  requireOrder(resolved, options, 'the default')
  requireWarningBeforeTheEnd(resolved)
  return Object.freeze(resolved)
}

function requireSomethingToDial<C>(options: PoolOptions<C>): void {
  if (options.endpoint !== undefined || options.dial !== undefined) return
  throw invalidOptions('endpoint must be given, unless dial is; got neither')
}

/** A lease that is taken back at `maxLeaseMs` never gets old enough for a warning at that time or later. */
function requireWarningBeforeTheEnd<C>({ leakWarnMs, maxLeaseMs }: ResolvedPoolOptions<C>): void {
  if (leakWarnMs === Infinity || leakWarnMs < maxLeaseMs) return
  throw invalidOptions(`leakWarnMs must be less than maxLeaseMs; got ${leakWarnMs} and ${maxLeaseMs}`)
}
