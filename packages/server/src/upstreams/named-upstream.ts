import { Socket } from 'node:net'

import { type AcquireOptions, type Clock, type Lease, PoolError, Upstream, type UpstreamOptions } from 'connpool'

import type { UpstreamChange } from '../config/diff/config-diff.ts'
import type { UpstreamSettings } from '../config/settings.ts'
import { EndpointObserver } from '../log/endpoint-observer.ts'
import type { ServerLog } from '../log/server-log.ts'
import type { UpstreamReport } from '../server-stats.ts'
import type { Backend } from '../session/port-of.ts'
import { upstreamWithPast } from '../stats/upstream-with-past.ts'
import { backendDialer } from './dial-backend.ts'
import { Outage } from './outage.ts'
import type { ProbeOptions } from './probe-of.ts'
import { RetryBudget } from './retry-budget.ts'
import { sleep } from './sleep.ts'

/** How long it may take to say whether an upstream can be reached. */
const REACH_MS = 1_000

/** Between two tries of a request whose upstream says that it is down. */
const RETRY_MS = 100

/**
 * The server's own breaker: a front server is asked again at once by clients that were refused, so an endpoint is tried
 * sooner than a library would.
 */
const BREAKER = { openMs: 500, maxOpenMs: 2_000 } as const

/** How often it is looked whether the upstream of before has given something back. */
const LOOK_MS = 10

export interface NamedUpstreamOptions {
  readonly clock: Clock
  readonly log: ServerLog
  readonly share?: number | undefined
  /** How its connections are probed. */
  readonly probing?: ProbeOptions
  /** The upstream whose place it will take: see {@link NamedUpstream.takeOver}. */
  readonly before?: NamedUpstream | undefined
  /** Its connections are seen by code that knows nothing but sockets. */
  readonly mustBeSockets?: boolean
}

/** One upstream of the configuration: its pools, whether it is paused, whether it is out. */
export class NamedUpstream {
  readonly name: string
  readonly pools: Upstream<Backend>
  readonly #outage = new Outage()
  readonly #budget: RetryBudget
  readonly #clock: Clock
  #capacity: number
  /** Until it has no connection left. */
  #before: NamedUpstream | undefined
  /** What was counted by then. */
  #past: UpstreamReport | undefined
  #look: Disposable | undefined
  #mustBeSockets: boolean
  #isPaused = false
  /** It may have no connection yet. */
  #isHeldBack = false
  #retries = 0

  /** `share`: how many of its connections this process may have; left out, all. */
  constructor(settings: UpstreamSettings, options: NamedUpstreamOptions) {
    const { clock, log, share = settings.maxSize, probing = {}, mustBeSockets = false } = options
    this.name = settings.name
    this.#clock = clock
    this.#capacity = share
    this.#budget = new RetryBudget(settings.retryBudgetRatio)
    this.#mustBeSockets = mustBeSockets
    const { maxSize } = settings
    const observer = new EndpointObserver(settings.name, log)
    const dial = { mustBeSocket: () => this.#mustBeSockets }
    this.pools = new Upstream(optionsOf(settings, { maxSize, dial, pool: { observer, ...probing } }))
    this.#before = options.before
    // A share may be less than what is to be kept open at all endpoints. Nothing has been dialed yet.
    if (share < maxSize) this.pools.resize({ maxSize: share })
    if (this.#before !== undefined) this.#holdBack()
  }

  /** Those that count for its limit, with what is being opened and closed, and what the upstream of before still has. */
  get connections(): number {
    const { total, dialing, closing } = this.pools.stats()
    return total + dialing + closing + (this.#before?.connections ?? 0)
  }

  /**
   * The upstream of before drains for at most `graceMs`. What it gives back is this one's, slot by slot, so that the backend
   * never sees more connections than the limit. Until then this one has none.
   */
  takeOver(graceMs: number): void {
    const before = this.#before
    if (before === undefined) return
    if (before.isPaused) this.pause()
    void before.close(graceMs)
    this.#takeWhatIsFree()
  }

  /** Leases may last for `graceMs`. Resolves when every connection is closed. */
  async close(graceMs: number): Promise<void> {
    this.#look?.[Symbol.dispose]()
    await this.pools.close({ graceMs })
  }

  /** How many connections it may have, and so how many requests it can serve at once. */
  get capacity(): number {
    return this.#capacity
  }

  setShare(share: number): void {
    this.#capacity = share
    this.#fit()
  }

  /** New limits, and endpoints that come and go; what they do not touch stays. `share` as in the constructor. */
  update({ settings, added, removed }: UpstreamChange, share: number = settings.maxSize): void {
    // One whose TLS files are others is in both.
    for (const endpoint of removed) void this.pools.remove(endpoint)
    for (const endpoint of added) this.pools.add(endpoint)
    this.setShare(share)
    this.#budget.ratio = settings.retryBudgetRatio
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** Asks: could no endpoint be reached for so long that new clients had better not come in? */
  get isOut(): boolean {
    return this.#outage.isLong(this.#clock.now())
  }

  /** Answers whether a request may be tried again for which nothing was written, and counts it. */
  mayRetry(): boolean {
    const may = this.#budget.take()
    if (may) this.#retries++
    return may
  }

  tryLend(): Lease<Backend> | undefined {
    this.#budget.asked()
    const lease = this.pools.tryAcquire()
    if (lease !== undefined) this.#outage.reached()
    return lease && this.#halfOpen(lease)
  }

  /**
   * Lends a connection. While no endpoint can be reached it tries again until `signal` is aborted, or refuses at once when
   * that has lasted for longer than the grace and somebody else is trying.
   */
  async lend(signal: AbortSignal): Promise<Lease<Backend>> {
    const part = this.#outage.begin(this.#clock.now())
    if (part === 'refuse') throw new PoolError('CIRCUIT_OPEN', `No endpoint of ${this.name} can be reached`)
    try {
      return await this.#lendWithin(signal, part)
    } finally {
      if (part === 'try') this.#outage.tried()
    }
  }

  /**
   * Lends a socket, as the library does: one that its peer ends is lost. From the first on all that is dialed is one; ports
   * that were dialed before are closed as they come up.
   */
  async lendSocket(options: AcquireOptions): Promise<Lease<Socket>> {
    this.#mustBeSockets = true
    for (;;) {
      const lease = await this.pools.acquire(options)
      if (isOfSocket(lease)) return withHalfOpen(lease, false)
      lease.discard()
    }
  }

  /** Why it cannot be reached; undefined: it can. Finds out by a connection, if there is none. */
  async unreachable(): Promise<string | undefined> {
    const { idle, leased } = this.pools.stats()
    if (this.#isPaused || this.#isHeldBack || idle + leased > 0) return undefined
    try {
      const lease = await this.pools.acquire({ timeoutMs: REACH_MS })
      lease.release()
      this.#outage.reached()
      return undefined
    } catch (error) {
      if (isOutOfReach(error)) this.#outage.failed(this.#clock.now())
      return `no endpoint of upstream ${this.name} can be reached: ${(error as Error).message}`
    }
  }

  pause(): void {
    this.#isPaused = true
    this.pools.pause()
  }

  resume(): void {
    this.#isPaused = false
    if (!this.#isHeldBack) this.pools.resume()
  }

  /** With what those before it have counted, and still have open. */
  report(): UpstreamReport {
    const { pools } = this
    const pool = { ...pools.stats(), maxSize: Math.max(1, this.#capacity) }
    const own = { isPaused: this.#isPaused, pool, histograms: pools.histograms(), retries: this.#retries }
    return upstreamWithPast(own, this.#before === undefined ? this.#past : withoutLimits(this.#before.report()))
  }

  /** Who knows the protocol knows what an end means. A socket may come from a handler. */
  #halfOpen(lease: Lease<Backend>): Lease<Backend> {
    return this.#mustBeSockets && isOfSocket(lease) ? withHalfOpen(lease, true) : lease
  }

  #takeWhatIsFree(): void {
    if (this.#before?.connections === 0) {
      this.#past = withoutLimits(this.#before.report())
      this.#before = undefined
    }
    this.#fit()
    if (this.#before === undefined) return
    this.#look = this.#clock.wakeAt(this.#clock.now() + LOOK_MS, () => this.#takeWhatIsFree())
  }

  #fit(): void {
    const room = this.#capacity - (this.#before?.connections ?? 0)
    this.pools.resize({ maxSize: Math.max(1, room) })
    if (room < 1) return this.#holdBack()
    this.#isHeldBack = false
    if (!this.#isPaused) this.pools.resume()
  }

  #holdBack(): void {
    this.#isHeldBack = true
    this.pools.pause()
  }

  async #lendWithin(signal: AbortSignal, part: 'go' | 'try'): Promise<Lease<Backend>> {
    for (;;) {
      try {
        const lease = await this.pools.acquire({ signal })
        this.#outage.reached()
        return this.#halfOpen(lease)
      } catch (error) {
        const waitMs = this.#retryAfterMs(error, part)
        if (waitMs === undefined) throw error
        this.#retries++
        await sleep(waitMs, { clock: this.#clock, signal })
      }
    }
  }

  /** Undefined: trying again is of no use. */
  #retryAfterMs(error: unknown, part: 'go' | 'try'): number | undefined {
    if (!isOutOfReach(error)) return undefined
    const now = this.#clock.now()
    this.#outage.failed(now)
    return this.#outage.mayTryAgain(part, now) ? Math.max(error.retryAfterMs ?? 0, RETRY_MS) : undefined
  }
}

/** It may have nothing of its own any more. */
function withoutLimits({ pool, ...rest }: UpstreamReport): UpstreamReport {
  const none = { minSize: 0, maxSize: 0 }
  return { ...rest, pool: { ...pool, ...none, endpoints: pool.endpoints.map((each) => ({ ...each, ...none })) } }
}

function isOfSocket(lease: Lease<Backend>): lease is Lease<Socket> {
  return lease.connection instanceof Socket
}

function isOutOfReach(error: unknown): error is PoolError {
  return error instanceof PoolError && (error.code === 'DIAL_FAILED' || error.code === 'CIRCUIT_OPEN')
}

function optionsOf(
  { name, options }: UpstreamSettings,
  {
    maxSize,
    pool: own,
    dial: { mustBeSocket },
  }: {
    readonly maxSize: number
    readonly pool: ProbeOptions & { readonly observer: EndpointObserver }
    readonly dial: { readonly mustBeSocket: () => boolean }
  },
): UpstreamOptions<Backend> {
  const { pool, endpoints, ...rest } = options
  const { keepAliveMs = 60_000, noDelay = true, breaker } = pool
  const given = { name, ...own, ...pool, breaker: breaker === false ? false : { ...BREAKER, ...breaker } } as const
  const dial = backendDialer({ keepAliveMs, noDelay }, mustBeSocket)
  return { ...rest, endpoints, maxSize, pool: { ...given, dial } }
}

function withHalfOpen(lease: Lease<Socket>, isAllowed: boolean): Lease<Socket> {
  lease.connection.allowHalfOpen = isAllowed
  return lease
}
