export type { BreakerOptions } from './breaker/breaker-options.ts'
export type { Clock } from './clock.ts'
export type { Endpoint, EndpointLike, EndpointObject } from './endpoint.ts'
export { type Holder, PoolError, type PoolErrorCode, type PoolErrorDetails, type WaitPhase } from './errors.ts'
export { memcachedVersion } from './health/memcached-version.ts'
export { redisPing } from './health/redis-ping.ts'
export { sendExpect } from './health/send-expect.ts'
export { socketAlive } from './health/socket-alive.ts'
export type { HistogramSnapshot } from './metrics/histogram.ts'
export type { CloseReason, PoolStats } from './metrics/stats.ts'
export type * from './observer.ts'
export type { Decision } from './pool/decisions.ts'
export type { PoolExplanation } from './pool/explain.ts'
export type { ConnectionSource } from './pool/connection-source.ts'
export { Lease, type LeaseInfo } from './pool/lease.ts'
export { Pool, type PoolHistograms } from './pool/pool.ts'
export type { AcquireOptions, BackoffOptions, HookContext, PoolOptions } from './pool/pool-options.ts'
export type { CloseReport } from './pool/closing.ts'
export type {
  Discovery,
  DiscoveryListener,
  EndpointSet,
  EndpointSource,
  UpstreamEndpoint,
} from './upstream/discovery/discovery.ts'
export { dnsDiscovery } from './upstream/discovery/dns-discovery.ts'
export type { DnsDiscoveryOptions, DnsResolver } from './upstream/discovery/dns-options.ts'
export type { BalancedEndpoint, Balancer, PickRequest } from './upstream/balance/balancer.ts'
export type { BalancePolicy } from './upstream/balance/policies.ts'
export { Upstream } from './upstream/upstream.ts'
export type { UpstreamExplanation } from './upstream/upstream-explanation.ts'
export type { UpstreamOptions } from './upstream/upstream-options.ts'
export type { EndpointStats, UpstreamStats } from './upstream/upstream-stats.ts'
