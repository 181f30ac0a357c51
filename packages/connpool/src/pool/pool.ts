import type { Socket } from 'node:net'

import type { Breaker } from '../breaker/breaker.ts'
import type { PoolStats } from '../metrics/stats.ts'
import { checkCount, checkGraceMs, checkLimits, checkSignalOption } from './check-calls.ts'
import { explain, type PoolExplanation } from './explain.ts'
import type { Lease } from './lease.ts'
import { histogramsOf, type PoolHistograms } from './pool-histograms.ts'
import type { AcquireOptions, PoolOptions } from './pool-options.ts'
import type { CloseReport } from './closing.ts'
import type { ConnectionSource } from './connection-source.ts'
import type { Patron } from './patron.ts'
import { PoolWires } from './pool-wires.ts'
import { resolvePoolOptions } from './resolve-options.ts'
import { Uses } from './uses.ts'

let wiresOf: <C>(pool: Pool<C>) => PoolWires<C>

/**
 * A pool of connections to one endpoint.
 *
 * Callers are served strictly in the order they came. Connections are lent again only when proved clean, are watched
 * while idle, and are never more than `maxSize`, those being opened and closed included.
 *
 * @throws PoolError `INVALID_OPTIONS` from the constructor, naming option, rule and value.
 */
export class Pool<C = Socket> implements ConnectionSource<C> {
  static {
    wiresOf = (pool) => pool.#wires
  }

  readonly #wires: PoolWires<C>
  readonly #uses: Uses<C>

  constructor(options: PoolOptions<C>)
  constructor(options: PoolOptions<C>, patron?: Patron) {
    this.#wires = new PoolWires(resolvePoolOptions(options), patron)
    this.#uses = new Uses((given) => this.acquire(given), this.#wires)
  }

  /**
   * Lends a connection: an idle one at once, else the first that is released or dialed once all who came before are
   * served.
   *
   * Rejects with a `PoolError` (`ACQUIRE_TIMEOUT`, `QUEUE_FULL`, `DIAL_FAILED`, `CIRCUIT_OPEN`, `NESTED_ACQUIRE`,
   * `POOL_CLOSED`, `INVALID_OPTIONS`), or with `signal.reason` when the signal is aborted first. A dial that outlives the caller is not
   * cancelled: its connection goes to the next one.
   */
  acquire(options?: AcquireOptions): Promise<Lease<C>> {
    if (options === undefined && !this.#uses.havePinned) {
      const lease = this.#wires.acquireAtOnce()
      if (lease !== undefined) return Promise.resolve(lease)
    }
    return this.#uses.acquire(options)
  }

  /**
   * Lends an idle connection that needs no probe, or nothing. Never waits and never dials for itself.
   *
   * @throws PoolError `POOL_CLOSED` after `close()` or `destroy()`.
   */
  tryAcquire(): Lease<C> | undefined {
    const { pin: pinned } = this.#uses
    if (pinned !== undefined) return pinned.pin.tryAcquire(pinned.holder)
    if (this.#wires.machine.lifecycle !== 'running') throw this.#wires.closedError()
    return this.#wires.acquireAtOnce() ?? this.#wires.take(true)
  }

  /**
   * Runs `work` with a connection. It is released when `work` is done and discarded when `work` throws, since nobody
   * knows then what is still to come on it.
   */
  use<R>(work: (connection: C, lease: Lease<C>) => R | PromiseLike<R>, options?: AcquireOptions): Promise<R> {
    return this.#uses.use(work, options)
  }

  /**
   * Runs `work` so that everything acquired from this pool inside it, however deep in its async context, gets one and
   * the same connection: a transaction, say. Who acquires inside a `use` shares the connection with it; who does so
   * beside it waits until it is free. The connection is released when `work` is done, discarded when it throws.
   */
  pinned<R>(work: () => R | PromiseLike<R>, options?: AcquireOptions): Promise<R> {
    return this.#uses.pinned(work, options)
  }

  /**
   * Resolves when `minSize` connections are open; rejects with `DIAL_FAILED` at the first dial that fails meanwhile,
   * with `POOL_CLOSED`, or with `signal.reason`.
   */
  async ready(options?: { signal?: AbortSignal | undefined }): Promise<void> {
    checkSignalOption(options)
    await this.#wires.warm(this.#wires.machine.minSize, options?.signal)
  }

  /** Resolves when `count` connections are open, at most `maxSize`. Rejects as `ready()` does. */
  async warm(count: number, options?: { signal?: AbortSignal | undefined }): Promise<void> {
    checkCount(count, this.#wires.machine.maxSize)
    checkSignalOption(options)
    await this.#wires.warm(count, options?.signal)
  }

  /**
   * Changes the limits. Idle connections over the new `maxSize` close now, leased ones when they come back.
   *
   * @throws PoolError `INVALID_OPTIONS`
   */
  resize(limits: { minSize?: number; maxSize?: number }): void {
    const { minSize, maxSize } = this.#wires.machine
    this.#wires.resize(checkLimits(limits, { minSize, maxSize }))
  }

  /** Replaces all connections that are open now: idle ones close at once, leased ones when they come back. */
  clear(): void {
    this.#wires.clear()
  }

  /** Lends, dials and probes nothing until `resume()`. Acquires wait, within their deadlines. */
  pause(): void {
    this.#wires.pause()
  }

  resume(): void {
    this.#wires.resume()
  }

  /** Whether the endpoint counts as down, and a way to keep it from being dialed; undefined with `breaker: false`. */
  get breaker(): Breaker | undefined {
    return this.#wires.breaker
  }

  /** The pool's numbers now: a copy. */
  stats(): PoolStats {
    return this.#wires.stats()
  }

  /** How long waits, leases and dials took, in fixed exponential buckets. */
  histograms(): PoolHistograms {
    return histogramsOf(this.#wires)
  }

  /** Why waiters wait, who holds, what was decided last. For people; the text may change between versions. */
  explain(): PoolExplanation {
    return explain(this.#wires)
  }

  /**
   * Ends the pool: waiting acquires are refused at once, leases may end by themselves for `graceMs` (30 000; 0: none,
   * `Infinity`: as long as it takes) and are taken back then. Always resolves, when the last connection is gone.
   */
  async close(options?: { graceMs?: number }): Promise<CloseReport> {
    return await this.#wires.closePool(checkGraceMs(options), undefined)
  }

  /** `close({ graceMs: 0 })`, with a reason that holders and later callers are given. */
  async destroy(reason?: Error): Promise<CloseReport> {
    return await this.#wires.closePool(0, reason)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

type PatronizedPool = new <C>(options: PoolOptions<C>, patron: Patron) => Pool<C>

/** A pool that is a part of something larger. What its users see of it is a pool like any other. */
export function poolUnder<C>(patron: Patron, options: PoolOptions<C>): Pool<C> {
  return new (Pool as unknown as PatronizedPool)(options, patron)
}

/** The wires behind a pool, for whoever keeps it as a part of something larger. */
export function wiresBehind<C>(pool: Pool<C>): PoolWires<C> {
  return wiresOf(pool)
}
