import type { BackoffOptions, BreakerOptions, PoolOptions } from 'connpool'

import { DEFAULTS } from '../defaults.ts'
import { DURATION_ABOVE_ZERO, DURATION_OR_OFF, DURATION_OR_ZERO_OR_OFF, KEEP_ALIVE } from '../kinds/duration.ts'
import type { Kind } from '../kinds/kind.ts'
import { mappingOr } from '../kinds/mapping-or.ts'
import { COUNT, COUNT_OR_OFF, COUNT_OR_ZERO, COUNT_OR_ZERO_OR_OFF, RATIO, RATIO_OR_OFF } from '../kinds/numbers.ts'
import { optional, withDefault } from '../kinds/optional.ts'
import { section } from '../kinds/section.ts'
import { BOOLEAN, FALSE_OR_OFF, LABEL, oneOf } from '../kinds/words.ts'
import type { Filled, WithoutMs } from './library-words.ts'

/** The options of the library's pool that are data, mean something in a server and have no section of their own. */
export type PoolData = Pick<
  PoolOptions,
  | 'minSize'
  | 'maxSize'
  | 'maxWaiting'
  | 'acquireTimeoutMs'
  | 'dialTimeoutMs'
  | 'closeTimeoutMs'
  | 'maxDialing'
  | 'idleTimeoutMs'
  | 'maxLifetimeMs'
  | 'lifetimeJitterRatio'
  | 'maxUses'
  | 'idleOrder'
  | 'probeAfterIdleMs'
  | 'probeIntervalMs'
  | 'probeTimeoutMs'
  | 'leakWarnMs'
  | 'maxLeaseMs'
  | 'keepAliveMs'
  | 'noDelay'
  | 'name'
>

export interface PoolEntry extends Filled<Omit<WithoutMs<PoolData>, 'minSize' | 'maxSize'>> {
  readonly minSize: number
  readonly maxSize: number
  readonly backoff: BackoffEntry | undefined
  readonly breaker: BreakerEntry | false | undefined
}

export type BackoffEntry = Filled<WithoutMs<BackoffOptions>>
export type BreakerEntry = Filled<WithoutMs<Omit<BreakerOptions, 'rule'>>>

const BACKOFF = section<BackoffEntry>(
  { base: optional(DURATION_ABOVE_ZERO), max: optional(DURATION_ABOVE_ZERO) },
  {
    base: 'The longest pause after the first failed dial. Default 100ms.',
    max: 'The longest pause of all. Default 10s.',
  },
)

const BREAKER = section<BreakerEntry>(
  {
    failureThreshold: optional(COUNT),
    failureRatio: optional(RATIO_OR_OFF),
    window: optional(DURATION_ABOVE_ZERO),
    minSamples: optional(COUNT),
    open: optional(DURATION_ABOVE_ZERO),
    maxOpen: optional(DURATION_ABOVE_ZERO),
    halfOpenProbes: optional(COUNT),
  },
  {
    failureThreshold: 'Failures in a row after which an endpoint counts as down. Default 5.',
    failureRatio: 'The share of failures among the results of `window` after which it does, too. Default off.',
    window: 'How long a result counts for `failureRatio`. Default 10s.',
    minSamples: 'With fewer results than this `failureRatio` has no effect. Default 20.',
    open: 'How long an endpoint that is down is left alone at first. Default 500ms.',
    maxOpen: 'How long at most, after several tries that failed. Default 2s.',
    halfOpenProbes: 'How many dials may try it at the same time then. Default 1.',
  },
)

/** `pool` of an upstream. */
export const POOL: Kind<PoolEntry> = section<PoolEntry>(
  {
    minSize: withDefault(COUNT_OR_ZERO, DEFAULTS.pool.minSize),
    maxSize: withDefault(COUNT, DEFAULTS.pool.maxSize),
    maxWaiting: optional(COUNT_OR_ZERO_OR_OFF),
    acquireTimeout: optional(DURATION_OR_ZERO_OR_OFF),
    dialTimeout: optional(DURATION_ABOVE_ZERO),
    closeTimeout: optional(DURATION_ABOVE_ZERO),
    maxDialing: optional(COUNT),
    backoff: optional(BACKOFF),
    breaker: optional(mappingOr(BREAKER, FALSE_OR_OFF)),
    idleTimeout: optional(DURATION_OR_OFF),
    maxLifetime: optional(DURATION_OR_OFF),
    lifetimeJitterRatio: optional(RATIO),
    maxUses: optional(COUNT_OR_OFF),
    idleOrder: optional(oneOf('lifo', 'fifo')),
    probeAfterIdle: optional(DURATION_OR_ZERO_OR_OFF),
    probeInterval: optional(DURATION_OR_OFF),
    probeTimeout: optional(DURATION_ABOVE_ZERO),
    leakWarn: optional(DURATION_OR_OFF),
    maxLease: optional(DURATION_OR_OFF),
    keepAlive: optional(KEEP_ALIVE),
    noDelay: optional(BOOLEAN),
    name: optional(LABEL),
  },
  {
    minSize: 'How many connections to each endpoint are kept open.',
    maxSize: 'How many connections to each endpoint there may be at most.',
    maxWaiting: 'How many may wait for a connection, beyond those whom a new one could serve. Default 10000.',
    acquireTimeout: 'How long a request may wait for a connection. Default 10s; `requestTimeout` ends it sooner.',
    dialTimeout: 'How long opening a connection may take, with the look-up of its name and TLS. Default 5s.',
    closeTimeout: 'How long closing a connection may take. Default 2s.',
    maxDialing: 'How many dials may be under way to one endpoint. Left out, it adapts.',
    backoff: 'How dials are paced after failures.',
    breaker: 'When an endpoint counts as down; `off`: never.',
    idleTimeout: 'How long a connection above `minSize` may be idle before it is closed. Default 5m.',
    maxLifetime: 'How old a connection may get. Default 30m.',
    lifetimeJitterRatio: 'By what part a lifetime may be shortened at random. Default 0.25.',
    maxUses: 'How many leases a connection may serve. Default off.',
    idleOrder: 'Which idle connection is lent first: the one used last (lifo, the default) or first (fifo).',
    probeAfterIdle: 'A connection idle for so long is probed before it is lent. Default 500ms; 0s: always.',
    probeInterval: 'How often idle connections are probed in the background. Default 30s.',
    probeTimeout: 'How long a probe may take. Default 2s.',
    leakWarn: 'After how long a lease is reported as a leak. Default off.',
    maxLease: 'How long a lease may last before the connection is taken back. Default off.',
    keepAlive: 'After how much silence the system asks whether the backend is still there. Default 60s.',
    noDelay: 'Whether small writes are sent at once. Default true.',
    name: 'What metrics call the pools. Default: the endpoint.',
  },
)
