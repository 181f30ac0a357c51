import type { Socket } from 'node:net'

import type { Breaker } from '../breaker/breaker.ts'
import type { EndpointLike } from '../endpoint.ts'
import { checkCount, checkGraceMs, checkMaxSize, checkSignalOption } from '../pool/check-calls.ts'
import type { CloseReport } from '../pool/closing.ts'
import type { ConnectionSource } from '../pool/connection-source.ts'
import type { Lease } from '../pool/lease.ts'
import { histogramsOf, type PoolHistograms } from '../pool/pool-histograms.ts'
import type { AcquireOptions } from '../pool/pool-options.ts'
import { Uses } from '../pool/uses.ts'
import type { UpstreamEndpoint } from './discovery/discovery.ts'
import { resolveUpstreamOptions } from './resolve-upstream-options.ts'
import { explainUpstream, type UpstreamExplanation } from './upstream-explanation.ts'
import type { UpstreamOptions } from './upstream-options.ts'
import { sumHistograms } from './sum-histograms.ts'
import { type UpstreamStats, upstreamStatsOf } from './upstream-stats.ts'
import { UpstreamWires } from './upstream-wires.ts'
import { warmUpstream } from './warm-upstream.ts'

/**
 * Connections to endpoints that can stand in for each other, each with a pool of its own.
 *
 * A policy chooses the endpoint of each caller. Callers wait in one queue: whatever comes free first, at whatever
 * endpoint, goes to who has waited longest, unless an `affinityKey` binds it to another. Endpoints that are down, or fail
 * those who use them, are left out until they are back, and return little by little.
 *
 * @throws PoolError `INVALID_OPTIONS` from the constructor, naming option, rule and value.
 */
export class Upstream<C = Socket> implements ConnectionSource<C> {
  readonly #wires: UpstreamWires<C>
  readonly #uses: Uses<C>

  constructor(options: UpstreamOptions<C>) {
    this.#wires = new UpstreamWires(resolveUpstreamOptions(options))
    this.#uses = new Uses((given) => this.acquire(given), this.#wires)
  }

  /**
   * Lends a connection to one of the endpoints: an idle one at once, else the first that comes free or is dialed once all
   * who came before are served.
   *
   * Rejects with a `PoolError` (`ACQUIRE_TIMEOUT`, `QUEUE_FULL`, `DIAL_FAILED` or `CIRCUIT_OPEN` when all endpoints are
   * down, `POOL_CLOSED`, `INVALID_OPTIONS`), or with `signal.reason` when the signal is aborted first.
   */
  acquire(options?: AcquireOptions): Promise<Lease<C>> {
    if (options === undefined && !this.#uses.havePinned) {
      const lease = this.#wires.acquireAtOnce()
      if (lease !== undefined) return Promise.resolve(lease)
    }
    return this.#uses.acquire(options)
  }

  /**
   * Lends an idle connection that needs no probe, of whatever endpoint, or nothing. Never waits, never dials for itself.
   *
   * @throws PoolError `POOL_CLOSED` after `close()` or `destroy()`.
   */
  tryAcquire(): Lease<C> | undefined {
    const { pin: pinned } = this.#uses
    if (pinned !== undefined) return pinned.pin.tryAcquire(pinned.holder)
    if (this.#wires.machine.lifecycle !== 'running') throw this.#wires.refusals.closed()
    return this.#wires.tryAcquire()
  }

  /** Runs `work` with a connection; released when `work` is done, discarded when it throws. As {@link Pool.use}. */
  use<R>(work: (connection: C, lease: Lease<C>) => R | PromiseLike<R>, options?: AcquireOptions): Promise<R> {
    return this.#uses.use(work, options)
  }

  /**
   * Runs `work` so that everything acquired from this upstream inside it, however deep in its async context, gets one and
   * the same connection. As {@link Pool.pinned}.
   */
  pinned<R>(work: () => R | PromiseLike<R>, options?: AcquireOptions): Promise<R> {
    return this.#uses.pinned(work, options)
  }

  /**
   * Resolves when the endpoints are known and each has `pool.minSize` connections open, those left out that cannot be
   * reached; rejects with the first error when none can, with `POOL_CLOSED`, or with `signal.reason`.
   */
  async ready(options?: { signal?: AbortSignal | undefined }): Promise<void> {
    checkSignalOption(options)
    await warmUpstream(this.#wires, 'minSize', options?.signal)
  }

  /**
   * Resolves when `count` connections are open, spread over the endpoints by weight, at most `maxSize`. Endpoints that
   * cannot be reached are made up for by the others. Rejects as `ready()` does.
   */
  async warm(count: number, options?: { signal?: AbortSignal | undefined }): Promise<void> {
    checkCount(count, this.stats().maxSize)
    checkSignalOption(options)
    await warmUpstream(this.#wires, count, options?.signal)
  }

  /**
   * Changes `maxSize`, the limit over all endpoints, now; `pool.maxSize` of each stays. With a higher one, callers who wait
   * get dials at once. With a lower one, idle connections over it close at once, first where an endpoint has most for its
   * share, and of the others so many as come back first.
   *
   * The limit is kept when `total + dialing + closing` of {@link stats} is at most `maxSize`, and from then on.
   *
   * @throws PoolError `INVALID_OPTIONS`, unless `maxSize` is a whole number, at least 1.
   */
  resize(limits: { readonly maxSize: number }): void {
    this.#wires.resize(checkMaxSize(limits))
  }

  /**
   * Adds an endpoint, or gives one that is there another weight, priority or zone. A new one gets its share slowly
   * (`slowStartMs`).
   *
   * @throws PoolError `INVALID_OPTIONS`; `POOL_CLOSED` after `close()` or `destroy()`.
   */
  add(endpoint: EndpointLike | UpstreamEndpoint): void {
    this.#wires.add(endpoint)
  }

  /**
   * Takes an endpoint out: nobody is given to it any more, who waits for it goes elsewhere, its idle connections close
   * now, and leases may end by themselves for `graceMs` (30 000; 0: none, `Infinity`: as long as it takes). Resolves when
   * its last connection is gone. An endpoint that is not there is no error: the report is of nothing.
   *
   * @throws PoolError `INVALID_OPTIONS`
   */
  async remove(endpoint: EndpointLike, options?: { graceMs?: number }): Promise<CloseReport> {
    return await this.#wires.remove(endpoint, checkGraceMs(options))
  }

  /**
   * The breaker of one endpoint: to see how it stands, or to keep it from being dialed, for maintenance, say. While it is
   * isolated callers go to the others. Undefined for an endpoint that is not there, and with `pool.breaker: false`.
   *
   * @throws PoolError `INVALID_OPTIONS`
   */
  breaker(endpoint: EndpointLike): Breaker | undefined {
    return this.#wires.find(endpoint)?.wires.breaker
  }

  /** Replaces all connections that are open now: idle ones close at once, leased ones when they come back. */
  clear(): void {
    for (const { wires } of this.#wires.endpoints.used) wires.clear()
  }

  /** Lends, dials and probes nothing until `resume()`. Acquires wait, within their deadlines. */
  pause(): void {
    this.#wires.setPaused(true)
  }

  resume(): void {
    this.#wires.setPaused(false)
  }

  /** The numbers of all endpoints together and of each: a copy. */
  stats(): UpstreamStats {
    return upstreamStatsOf(this.#wires)
  }

  /**
   * How long waits, leases and dials took at all endpoints together, those that were taken out included. A wait is that for
   * the endpoint that served the caller.
   */
  histograms(): PoolHistograms {
    const { endpoints } = this.#wires
    const each = endpoints.all.map(({ wires }) => histogramsOf(wires))
    return each.reduce(sumHistograms, endpoints.pastHistograms)
  }

  /** Why waiters wait, who holds, what was decided last, at each endpoint. For people; the text may change. */
  explain(): UpstreamExplanation {
    return explainUpstream(this.#wires)
  }

  /**
   * Ends all pools: waiting acquires are refused at once, leases may end by themselves for `graceMs` (30 000) and are
   * taken back then. Always resolves, when the last connection is gone.
   */
  async close(options?: { graceMs?: number }): Promise<CloseReport> {
    return await this.#wires.closeAll(checkGraceMs(options), undefined)
  }

  /** `close({ graceMs: 0 })`, with a reason that holders and later callers are given. */
  async destroy(reason?: Error): Promise<CloseReport> {
    return await this.#wires.closeAll(0, reason)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
