import type { ResolvedPoolOptions } from './pool-options.ts'

/** What of the options the rules go by. */
export interface PoolRules extends Pick<
  ResolvedPoolOptions<unknown>,
  | 'minSize'
  | 'maxSize'
  | 'maxWaiting'
  | 'maxDialing'
  | 'maxUses'
  | 'maxLifetimeMs'
  | 'maxLeaseMs'
  | 'lifetimeJitterRatio'
  | 'leakWarnMs'
  | 'idleTimeoutMs'
  | 'idleOrder'
  | 'probeAfterIdleMs'
  | 'probeIntervalMs'
  | 'probeTimeoutMs'
  | 'resetTimeoutMs'
  | 'closeTimeoutMs'
  | 'dialTimeoutMs'
  | 'backoff'
  | 'breaker'
> {
  readonly hasProbe: boolean
  readonly hasReset: boolean
}
