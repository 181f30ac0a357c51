import type { Socket } from 'node:net'

import type { EndpointLike } from '../endpoint.ts'
import type { PoolOptions, ResolvedPoolOptions } from '../pool/pool-options.ts'
import type { Balancer } from './balance/balancer.ts'
import type { BalancePolicy } from './balance/policies.ts'
import type { EndpointSource, UpstreamEndpoint } from './discovery/discovery.ts'
import type { ResolvedEndpoint } from './discovery/read-endpoints.ts'
import type { OutlierOptions } from './outlier-options.ts'

/**
 * What an {@link Upstream} is made of. A value of the wrong type, out of range or in contradiction to another, and an
 * option that does not exist, throw `INVALID_OPTIONS` with option, rule and value.
 */
export interface UpstreamOptions<C = Socket> {
  /**
   * Endpoints that can stand in for each other: a list, or a source of lists (`dnsDiscovery`, a {@link Discovery} of your
   * own, an async generator). A list has at least one endpoint and none twice.
   */
  readonly endpoints: readonly (EndpointLike | UpstreamEndpoint)[] | EndpointSource
  /** The options of each endpoint's pool. `maxWaiting` and `acquireTimeoutMs` are those of the upstream as a whole. */
  readonly pool?: Omit<PoolOptions<C>, 'endpoint'>
  /**
   * How the endpoint of a caller is chosen; weights apply to all policies.
   *
   * `two-choices`: of two drawn at random the one with less to do, be it leased or waiting, considering how long leases
   * have lasted of late and how many have failed. `round-robin`: one after the other, smoothly by weight.
   * `least-leased`: the one with the fewest leases and waiters. `random`. `rendezvous`: the same `affinityKey` meets the
   * same endpoint; callers without a key are served as by `two-choices`. `failover`: the first that can be used, in the
   * order given. Or a {@link Balancer} of your own.
   *
   * @default 'two-choices'
   */
  readonly balance?: BalancePolicy | Balancer
  /**
   * When an endpoint that fails its users is left out for a while; `false`: never.
   *
   * @default the defaults of {@link OutlierOptions}
   */
  readonly outlier?: OutlierOptions | false
  /**
   * When fewer than this share of all endpoints are up, ejections are ignored: too few would have to bear everything. A
   * number from 0 (never) to 1.
   *
   * @default 0.5
   */
  readonly panicRatio?: number
  /**
   * How long an endpoint that joins or returns takes to get its full share, starting with a tenth of its weight, in
   * milliseconds; at least 0 (all at once) and less than 2³¹. Endpoints that are there at the start begin with all.
   *
   * @default 10_000
   */
  readonly slowStartMs?: number
  /**
   * The most connections to all endpoints together, those being opened and closed included; a whole number, at least 1,
   * or `Infinity`. Each endpoint has `pool.maxSize` beside that.
   *
   * @default Infinity
   */
  readonly maxSize?: number
  /**
   * Where this process stands. With it, endpoints of another zone are used only while none of the same zone and priority
   * can be.
   *
   * @default no zone is preferred
   */
  readonly zone?: string
}

/** The options after checking, every default filled in. */
export interface ResolvedUpstreamOptions<C> {
  /** The endpoints there are at the start; none if they are still to be discovered. */
  readonly endpoints: readonly ResolvedEndpoint[]
  readonly source: EndpointSource | undefined
  /** The pool's options for any endpoint, and as they were given. */
  readonly pool: ResolvedPoolOptions<C> & { readonly given: Omit<PoolOptions<C>, 'endpoint'> }
  readonly balancer: Balancer
  readonly outlier: Required<OutlierOptions> | undefined
  readonly panicRatio: number
  readonly slowStartMs: number
  readonly maxSize: number
  readonly zone: string | undefined
}
