import { AsyncResource } from 'node:async_hooks'
import type { Socket } from 'node:net'

import { type Clock, systemClock } from '../clock.ts'
import type { EndpointLike } from '../endpoint.ts'
import { PoolError } from '../errors.ts'
import { checkGraceMs } from '../pool/check-calls.ts'
import type { CloseReport } from '../pool/closing.ts'
import type { Lease } from '../pool/lease.ts'
import type { Pool } from '../pool/pool.ts'
import type { AcquireOptions } from '../pool/pool-options.ts'
import { FairShares } from './fair-shares.ts'
import { IdlePools } from './idle-pools.ts'
import { LeavingPools } from './leaving-pools.ts'
import { ManagedPool, type PoolKeeper } from './managed-pool.ts'
import { type PoolManagerOptions, resolveManagerOptions, type ResolvedManagerOptions } from './manager-options.ts'
import { type PoolManagerStats, sumOf } from './manager-stats.ts'
import { type Place, placeOf } from './place-of.ts'

/** A pool that is due but has a dial under way for nobody is looked at again this much later. */
const LOOK_AGAIN_MS = 1_000

/**
 * A pool for each endpoint, made when it is first asked for and dropped when nobody has used it for a while. One limit
 * may count the connections of all.
 *
 * Endpoints are the same if host and port, or path, and all TLS options are: nobody is lent a connection that was opened
 * with the certificate of another. What `onConnect` does (a login, say) is not part of that: who must not share
 * connections to one endpoint needs managers of their own.
 *
 * @throws PoolError `INVALID_OPTIONS` from the constructor, naming option, rule and value.
 */
export class PoolManager<C = Socket> {
  readonly #options: ResolvedManagerOptions<C>
  readonly #clock: Clock
  /** Pools outlive the callers for whom they are made, and must not live on in their async context. */
  readonly #context = new AsyncResource('connpool')
  readonly #shares: FairShares<ManagedPool<C>>
  readonly #keeper: PoolKeeper<C>
  readonly #pools = new Map<string, ManagedPool<C>>()
  /** By the text that was given, where that is canonical: what is asked for again and again needs no parsing. */
  readonly #byText = new Map<string, ManagedPool<C>>()
  readonly #idle = new IdlePools<ManagedPool<C>>()
  /** Dropped pools and closed ones whose last connections are not gone yet. */
  readonly #leaving = new LeavingPools<ManagedPool<C>>()
  #timer: Disposable | undefined
  #made = 0
  #dropped = 0
  /** What there was to close when the end began. */
  #ending: readonly ManagedPool<C>[] | undefined
  #reason: Error | undefined

  constructor(options: PoolManagerOptions<C> = {}) {
    this.#options = resolveManagerOptions(options)
    this.#clock = this.#options.pool.clock ?? systemClock
    this.#shares = new FairShares(this.#options.maxTotal)
    this.#keeper = {
      shares: this.#shares,
      leaving: this.#leaving,
      roused: (pool) => this.#idle.remove(pool),
      cameToRest: (pool) => this.#cameToRest(pool),
      changed: (pool) => this.#changed(pool),
    }
  }

  /**
   * The pool of an endpoint, which is made if there is none.
   *
   * It may be dropped when it has been idle, and who still holds it then gets `POOL_CLOSED`: ask for it each time, or
   * use {@link acquire} and {@link use}, which never meet a dropped pool.
   *
   * @throws PoolError `INVALID_OPTIONS`; `QUEUE_FULL` when there are `maxPools` and none of them is idle; `POOL_CLOSED`
   * after `close()` or `destroy()`.
   */
  pool(endpoint: EndpointLike): Pool<C> {
    return this.#find(endpoint).pool
  }

  /** Lends a connection to an endpoint. Rejects as `Pool.acquire` does, and as {@link pool} throws. */
  async acquire(endpoint: EndpointLike, options?: AcquireOptions): Promise<Lease<C>> {
    const managed = this.#find(endpoint)
    const lease = managed.pool.acquire(options)
    managed.changed()
    return await lease
  }

  /** Runs `work` with a connection to an endpoint, as `Pool.use` does. Rejects as {@link acquire} does. */
  async use<R>(
    endpoint: EndpointLike,
    work: (connection: C, lease: Lease<C>) => R | PromiseLike<R>,
    options?: AcquireOptions,
  ): Promise<R> {
    const managed = this.#find(endpoint)
    const result = managed.pool.use(work, options)
    managed.changed()
    return await result
  }

  /** The manager's numbers now, and those of every pool: a copy. */
  stats(): PoolManagerStats {
    const pools = [...this.#pools.values()]
    return {
      pools: pools.map(({ endpoint, pool }) => ({ endpoint, stats: pool.stats() })),
      idlePools: pools.filter(({ isInUse }) => !isInUse).length,
      made: this.#made,
      dropped: this.#dropped,
      ...sumOf([...pools, ...this.#leaving]),
      maxPools: this.#options.maxPools,
      maxTotal: this.#options.maxTotal,
    }
  }

  /**
   * Ends all pools at once, each as `Pool.close` does. Resolves, always, when the last connection is gone, with the sums
   * of their reports; `elapsedMs` is that of the longest. Who asks for a pool from now on gets `POOL_CLOSED`.
   */
  async close(options?: { graceMs?: number }): Promise<CloseReport> {
    const graceMs = checkGraceMs(options)
    return await this.#end((pool) => pool.close({ graceMs }))
  }

  /** `close({ graceMs: 0 })`, with a reason that holders and later callers are given. */
  async destroy(reason?: Error): Promise<CloseReport> {
    this.#reason ??= reason
    return await this.#end((pool) => pool.destroy(reason))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  // --- finding and making ---

  #find(endpoint: EndpointLike): ManagedPool<C> {
    if (this.#ending !== undefined) throw this.#closedError()
    const known = typeof endpoint === 'string' ? this.#byText.get(endpoint) : undefined
    return known?.isRunning === true ? known : this.#findByIdentity(endpoint)
  }

  #findByIdentity(given: EndpointLike): ManagedPool<C> {
    const place = placeOf(given)
    const known = this.#pools.get(place.identity)
    if (known?.isRunning === true) return known
    if (known !== undefined) this.#forget(known) // somebody has closed it
    return this.#make(place)
  }

  /** Nothing is dropped for an endpoint that turns out to be no good. */
  #make({ identity, text, endpoint }: Place): ManagedPool<C> {
    const hasRoom = this.#pools.size < this.#options.maxPools
    const giver = hasRoom ? undefined : this.#longestIdle
    if (!hasRoom && giver === undefined) throw this.#fullError(text)
    const options = { ...this.#options.pool, endpoint }
    const made = this.#context.runInAsyncScope(() => new ManagedPool(identity, options, this.#keeper))
    if (giver !== undefined) this.#drop(giver)
    this.#made++
    this.#pools.set(identity, made)
    if (endpoint === identity) this.#byText.set(identity, made)
    this.#shares.join(made)
    this.#cameToRest(made)
    return made
  }

  get #longestIdle(): ManagedPool<C> | undefined {
    for (const pool of this.#idle) if (!pool.isInUse) return pool
    return undefined
  }

  // --- dropping ---

  #cameToRest(pool: ManagedPool<C>): void {
    if (this.#pools.get(pool.identity) !== pool) return
    this.#idle.cameToRest(pool, this.#clock.now())
    if (this.#timer === undefined) this.#wakeAt(pool.idleSince + this.#options.idlePoolMs)
  }

  #changed(pool: ManagedPool<C>): void {
    this.#shares.settle()
    if (!this.#leaving.has(pool)) return
    if (pool.isOver) this.#gone(pool)
    this.#pools.get(pool.identity)?.look() // it may dial for what the other has closed
  }

  #wakeAt(time: number): void {
    if (time === Infinity) return
    this.#timer = this.#context.runInAsyncScope(() => this.#clock.wakeAt(time, () => this.#dropIdle()))
  }

  #dropIdle(): void {
    this.#timer = undefined
    const now = this.#clock.now()
    let again = Infinity
    for (const pool of this.#idle) {
      if (pool.idleSince > now - this.#options.idlePoolMs) break
      if (pool.isInUse) pool.changed()
      else if (pool.dialing > 0) again = now + LOOK_AGAIN_MS
      else this.#drop(pool)
    }
    this.#wakeAt(Math.min(again, this.#nextDue(now)))
  }

  /** When the first that is not due yet will be. */
  #nextDue(now: number): number {
    for (const { idleSince } of this.#idle) {
      const due = idleSince + this.#options.idlePoolMs
      if (due > now) return due
    }
    return Infinity
  }

  #drop(pool: ManagedPool<C>): void {
    this.#dropped++
    this.#forget(pool)
    void pool.pool.close() // it always resolves; the shares are told when the last connection is gone
  }

  /** From here on nobody is sent to it any more; its connections are counted until they are gone. */
  #forget(pool: ManagedPool<C>): void {
    this.#pools.delete(pool.identity)
    this.#byText.delete(pool.identity)
    this.#idle.remove(pool)
    if (pool.isOver) this.#gone(pool)
    else this.#leaving.add(pool)
  }

  #gone(pool: ManagedPool<C>): void {
    this.#leaving.delete(pool)
    this.#shares.leave(pool)
  }

  // --- the end ---

  async #end(end: (pool: Pool<C>) => Promise<CloseReport>): Promise<CloseReport> {
    this.#timer?.[Symbol.dispose]()
    this.#ending ??= [...this.#pools.values(), ...this.#leaving]
    for (const pool of this.#pools.values()) this.#forget(pool)
    const reports = await Promise.all(this.#ending.map(({ pool }) => end(pool)))
    const sum = { drained: 0, cut: 0, refused: 0, elapsedMs: 0 }
    for (const { drained, cut, refused, elapsedMs } of reports) {
      sum.drained += drained
      sum.cut += cut
      sum.refused += refused
      sum.elapsedMs = Math.max(sum.elapsedMs, elapsedMs)
    }
    return sum
  }

  #closedError(): PoolError<'POOL_CLOSED'> {
    const because = this.#reason === undefined ? '' : `: ${this.#reason.message}`
    return new PoolError('POOL_CLOSED', `The pool manager is closed${because}`, { cause: this.#reason })
  }

  #fullError(endpoint: string): PoolError<'QUEUE_FULL'> {
    const message = `No pool for ${endpoint}: maxPools is ${this.#options.maxPools}, and none of the others is idle`
    return new PoolError('QUEUE_FULL', message, { endpoint })
  }
}
