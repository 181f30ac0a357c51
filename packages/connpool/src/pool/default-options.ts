import type { ResolvedPoolOptions } from './pool-options.ts'

/** Options whose default is to be absent, or depends on another option. */
type WithoutDefault =
  | 'endpoint'
  | 'endpointGiven'
  | 'dial'
  | 'closeConnection'
  | 'onConnect'
  | 'reset'
  | 'probe'
  | 'name'
  | 'observer'
  | 'clock'
  | 'breaker'

type PoolDefaults = Omit<ResolvedPoolOptions<unknown>, WithoutDefault> & {
  readonly breaker: NonNullable<ResolvedPoolOptions<unknown>['breaker']>
}

/** What a pool does unless it is told otherwise. The only place with these numbers. */
export const DEFAULT_POOL_OPTIONS: PoolDefaults = Object.freeze({
  acquireTimeoutMs: 10_000,
  dialTimeoutMs: 5_000,
  probeTimeoutMs: 2_000,
  resetTimeoutMs: 1_000,
  closeTimeoutMs: 2_000,
  probeAfterIdleMs: 0,
  probeIntervalMs: 30_000,
  minSize: 0,
  maxSize: 10,
  maxWaiting: 10_000,
  maxDialing: 'adaptive',
  backoff: Object.freeze({ baseMs: 100, maxMs: 10_000 }),
  idleTimeoutMs: 300_000,
  maxLifetimeMs: 1_800_000,
  lifetimeJitterRatio: 0.25,
  maxUses: Infinity,
  idleOrder: 'lifo',
  breaker: Object.freeze({
    failureThreshold: 5,
    failureRatio: Infinity,
    windowMs: 10_000,
    minSamples: 20,
    openMs: 10_000,
    maxOpenMs: 60_000,
    halfOpenProbes: 1,
  }),
  leakWarnMs: Infinity,
  maxLeaseMs: Infinity,
  nestedAcquire: 'off',
  keepAliveMs: 60_000,
  noDelay: true,
  random: Math.random,
})

/** How long `close()` waits for leases, in milliseconds, unless it is told otherwise. */
export const DEFAULT_GRACE_MS = 30_000
