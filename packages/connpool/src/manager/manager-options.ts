import type { Socket } from 'node:net'

import { OBJECT } from '../options/kind-rules.ts'
import { COUNT_OR_INFINITY, DURATION_OR_INFINITY } from '../options/number-rules.ts'
import { isGiven, readOptions, type Rules } from '../options/read-options.ts'
import { invalidOptions } from '../options/rule.ts'
import { POOL_OPTION_RULES } from '../pool/pool-option-rules.ts'
import type { PoolOptions } from '../pool/pool-options.ts'
import { resolvePoolOptions } from '../pool/resolve-options.ts'

/** What a {@link PoolManager} is made of. Durations are milliseconds; names that do not exist are refused. */
export interface PoolManagerOptions<C = Socket> {
  /** What every pool is made of, but for its endpoint. Its `clock` is the manager's too. */
  readonly pool?: Omit<PoolOptions<C>, 'endpoint'>
  /**
   * How many pools there may be, a whole number, at least 1, or `Infinity`. Before one more is made, the one that has
   * been idle longest is dropped; if none is idle, whoever asked is refused with `QUEUE_FULL`.
   *
   * @default Infinity
   */
  readonly maxPools?: number
  /**
   * How many connections all pools may have together, those being opened and closed included: a whole number, at least
   * 1, or `Infinity`. Each pool that is in use is entitled to an even share of it, at least one connection.
   *
   * @default Infinity
   */
  readonly maxTotal?: number
  /**
   * How long a pool is kept in which nobody has a connection or waits for one; more than 0 and less than 2³¹, or
   * `Infinity` for ever. Then it is closed and forgotten; the next who asks for its endpoint gets a new one.
   *
   * @default 300_000
   */
  readonly idlePoolMs?: number
}

/** The options after checking. */
export interface ResolvedManagerOptions<C> extends Required<PoolManagerOptions<C>> {
  readonly pool: PoolOptions<C>
}

const DEFAULTS = Object.freeze({ maxPools: Infinity, maxTotal: Infinity, idlePoolMs: 300_000 })

const RULES: Rules<PoolManagerOptions> = {
  pool: OBJECT,
  maxPools: COUNT_OR_INFINITY,
  maxTotal: COUNT_OR_INFINITY,
  idlePoolMs: DURATION_OR_INFINITY,
}

/** Any endpoint will do to check what all pools share. */
const ANY_ENDPOINT = 'localhost:1'

/** Checks a manager's options and fills in the defaults. Throws `INVALID_OPTIONS` at the first thing that is wrong. */
export function resolveManagerOptions<C>(given: PoolManagerOptions<C>): ResolvedManagerOptions<C> {
  const options: PoolManagerOptions<C> = readOptions(given, RULES)
  return Object.freeze({ ...DEFAULTS, ...options, pool: resolvePool(options.pool ?? {}) })
}

/** A copy, as deep as it could still be changed. */
function resolvePool<C>(given: PoolOptions<C>): PoolOptions<C> {
  if (isGiven(given, 'endpoint')) throw invalidOptions('pool.endpoint must be absent: each pool has its own')
  const read: PoolOptions<C> = readOptions(given, POOL_OPTION_RULES, 'pool')
  const { backoff, breaker = false } = resolvePoolOptions({ ...read, endpoint: ANY_ENDPOINT })
  return Object.freeze({ ...read, backoff, breaker })
}
