import { type Holder, PoolError } from '../errors.ts'
import type { PoolStats } from '../metrics/stats.ts'
import { circuitIsOpen, poolIsClosed, refusalError } from '../pool/refusals.ts'
import type { EndpointPool } from './endpoint-pool.ts'
import type { UpstreamRefusal } from './upstream-effects.ts'
import type { UpstreamWaiter } from './upstream-waiter.ts'
import type { UpstreamWires } from './upstream-wires.ts'
import { holdersOf } from './upstream-explanation.ts'
import { upstreamStatsOf } from './upstream-stats.ts'

const MOST_HOLDERS = 5
/** So many endpoints are named in a message, the others are counted. */
const MOST_NAMES = 3

/** The numbers that all who are refused together are told. */
interface Snapshot {
  readonly stats: PoolStats
  holders: readonly Holder[] | undefined
}

/** The errors that callers of an upstream are given: each says what happened, where, and why. */
export class UpstreamRefusals<C> {
  /** Why the endpoints are not known, or not known anew. */
  lastDiscoveryError: Error | undefined
  readonly #wires: UpstreamWires<C>
  #snapshot: Snapshot | undefined

  constructor(wires: UpstreamWires<C>) {
    this.#wires = wires
  }

  /** The endpoints in words. */
  get endpointText(): string {
    const names = this.#wires.endpoints.used.map(({ endpoint }) => endpoint)
    if (names.length === 0) return 'no endpoint known yet'
    if (names.length <= MOST_NAMES) return names.join(', ')
    return `${names.slice(0, MOST_NAMES).join(', ')} and ${names.length - MOST_NAMES} more`
  }

  discoveryFailed(error: Error): void {
    this.lastDiscoveryError = error
  }

  closed(): PoolError<'POOL_CLOSED'> {
    return poolIsClosed(this.endpointText, this.#wires.closedBecause)
  }

  errorFor(waiter: UpstreamWaiter<C>, refusal: UpstreamRefusal, now: number): PoolError {
    if (refusal === 'POOL_CLOSED') return this.closed()
    if (refusal === 'NO_ENDPOINT') return this.#noEndpoint(waiter, now)
    const { stats, holders } = this.#snapshotNow(refusal === 'ACQUIRE_TIMEOUT')
    const facts = {
      endpoint: waiter.ticket?.member.endpoint ?? this.endpointText,
      waitedMs: now - waiter.since,
      phase: this.#wires.phaseOf(waiter, now),
      stats,
      cause: this.#causeFor(waiter),
    }
    const { maxWaiting } = this.#wires.options.pool
    return refusalError(refusal, facts, { holders, maxWaiting, retryAfterMs: 0, closedBecause: undefined })
  }

  /** Until this run is over nothing is counted anew: ten thousand who time out together would block the loop for long. */
  #snapshotNow(withHolders: boolean): Snapshot {
    if (this.#snapshot === undefined) {
      this.#snapshot = { stats: upstreamStatsOf(this.#wires), holders: undefined }
      queueMicrotask(() => (this.#snapshot = undefined))
    }
    if (withHolders) this.#snapshot.holders ??= holdersOf(this.#wires, MOST_HOLDERS)
    return this.#snapshot
  }

  /** What the last endpoint has said, which is true of all of them now; or that all have been down for a while. */
  #noEndpoint({ lastRefusal }: UpstreamWaiter<C>, now: number): PoolError {
    if (isPoolError(lastRefusal) && lastRefusal.code !== 'POOL_CLOSED') return lastRefusal
    const bugs = this.#wires.endpoints.used.map(({ wires }) => wires.bug)
    if (!bugs.includes(undefined)) return poolIsClosed(this.endpointText, bugs[0])
    const retryAfterMs = Math.min(...this.#wires.endpoints.used.map((member) => member.standsUntil(now) - now))
    const facts = { endpoint: this.endpointText, cause: this.lastDialError }
    return circuitIsOpen(facts, Math.max(0, retryAfterMs))
  }

  get lastDialError(): Error | undefined {
    return this.#wires.endpoints.used.findLast(({ wires }) => wires.lastDialError !== undefined)?.wires.lastDialError
  }

  #causeFor({ ticket }: UpstreamWaiter<C>): Error | undefined {
    if (this.#wires.endpoints.used.length === 0) return this.lastDiscoveryError
    const home = ticket?.member as EndpointPool<C> | undefined
    return home?.wires.lastDialError ?? this.lastDialError
  }
}

function isPoolError(error: unknown): error is PoolError {
  return error instanceof PoolError
}
