import { isObject, NAME, OBJECT } from '../options/kind-rules.ts'
import { COUNT_OR_INFINITY, DURATION_OR_ZERO, RATIO } from '../options/number-rules.ts'
import { readOptions, type Rules } from '../options/read-options.ts'
import { invalidOptions, type Rule } from '../options/rule.ts'
import type { PoolOptions } from '../pool/pool-options.ts'
import { POOL_OPTION_RULES } from '../pool/pool-option-rules.ts'
import { resolvePoolOptions } from '../pool/resolve-options.ts'
import type { Balancer } from './balance/balancer.ts'
import { GuardedBalancer } from './guarded-balancer.ts'
import { BALANCE, type BalancePolicy, balancerOf } from './balance/policies.ts'
import { readEndpoints, type ResolvedEndpoint } from './discovery/read-endpoints.ts'
import { isEndpointSource } from './discovery/watch-endpoints.ts'
import { resolveOutlier } from './outlier-options.ts'
import type { ResolvedUpstreamOptions, UpstreamOptions } from './upstream-options.ts'

const DEFAULTS = Object.freeze({ panicRatio: 0.5, slowStartMs: 10_000, maxSize: Infinity, zone: undefined })

const ENDPOINTS: Rule = {
  says: 'a list of endpoints, or a source of such lists (a discovery or an async iterable)',
  allows: (value) => Array.isArray(value) || isEndpointSource(value),
}

const FALSE_OR_OBJECT: Rule = {
  says: 'false, or an object of outlier options (leave it out for the defaults)',
  allows: (value) => value === false || isObject(value),
}

const RULES: Rules<UpstreamOptions> = {
  endpoints: ENDPOINTS,
  pool: OBJECT,
  balance: BALANCE,
  outlier: FALSE_OR_OBJECT,
  panicRatio: RATIO,
  slowStartMs: DURATION_OR_ZERO,
  maxSize: COUNT_OR_INFINITY,
  zone: NAME,
}

/** Any endpoint will do to check the options that all of them share. */
const ANY_ENDPOINT = 'localhost:1'

/** Checks an upstream's options and fills in the defaults. Throws `INVALID_OPTIONS` at the first thing that is wrong. */
export function resolveUpstreamOptions<C>(given: UpstreamOptions<C>): ResolvedUpstreamOptions<C> {
  const options: Partial<UpstreamOptions<C>> = readOptions(given, RULES)
  if (options.endpoints === undefined) throw invalidOptions(`endpoints must be ${ENDPOINTS.says}; got undefined`)
  const list = Array.isArray(options.endpoints) ? readEndpoints(options.endpoints) : []
  const pool = resolveSharedPool(options.pool ?? {})
  const resolved = {
    ...DEFAULTS,
    ...options,
    endpoints: list,
    source: isEndpointSource(options.endpoints) ? options.endpoints : undefined,
    pool,
    balancer: balancerFor(options.balance),
    outlier: resolveOutlier(options.outlier),
  }
  requireRoomForAll(list, pool.minSize, resolved.maxSize)
  return Object.freeze(resolved)
}

function balancerFor(balance: BalancePolicy | Balancer = 'two-choices'): Balancer {
  const balancer = balancerOf(balance)
  return typeof balance === 'string' ? balancer : new GuardedBalancer(balancer)
}

function resolveSharedPool<C>(given: Omit<PoolOptions<C>, 'endpoint'>): ResolvedUpstreamOptions<C>['pool'] {
  const { endpoint, ...options }: PoolOptions<C> = readOptions(given as PoolOptions<C>, POOL_OPTION_RULES, 'pool')
  if (endpoint !== undefined) throw invalidOptions("pool.endpoint must not be given: the endpoints are the upstream's")
  return { ...resolvePoolOptions<C>({ ...options, endpoint: ANY_ENDPOINT }), given: options }
}

function requireRoomForAll(endpoints: readonly ResolvedEndpoint[], minSize: number, maxSize: number): void {
  const least = endpoints.length * minSize
  if (least <= maxSize) return
  throw invalidOptions(
    `maxSize must be at least pool.minSize for each of the ${endpoints.length} endpoints, ${least}; got ${maxSize}`,
  )
}
