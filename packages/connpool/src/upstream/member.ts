import type { Lease } from '../pool/lease.ts'
import type { BalancedEndpoint } from './balance/balancer.ts'
import type { Ticket } from './ticket.ts'
import type { UpstreamWaiter } from './upstream-waiter.ts'

/**
 * Whether an endpoint should be given callers: `up`; `resting` after a failed dial, to be tried again soon; `ejected` for
 * failing those who used it; `down`, as its breaker says, or for good where its pool has stopped for a bug of its own.
 */
export type Standing = 'up' | 'resting' | 'ejected' | 'down'

/** One endpoint of an upstream with its pool, as the rules see it. Questions, and orders for the pool. */
export interface Member<C> extends BalancedEndpoint {
  /** 0 for those used first; the next number only when all before it are out. */
  readonly tier: number
  /** How many connections it keeps open, if there is room. */
  readonly minSize: number
  /** The most connections it may have. */
  readonly maxSize: number
  /** Slots taken: open connections, those being opened and those being closed. */
  readonly size: number
  readonly idle: number
  readonly dialing: number
  /** Open connections. */
  readonly total: number
  /** Asks: could it open another connection, its own limit and the common one considered? */
  readonly hasRoom: boolean
  /** Callers who must be served by this endpoint, in the order they came. */
  readonly bound: Set<UpstreamWaiter<C>>
  /** Those that stand for a caller here. */
  readonly tickets: Set<Ticket<C>>
  /** What the selection last thought of it. */
  standing: Standing
  /** Asks: how does it stand now, and, unless `up`, until when? `Infinity`: until something happens. */
  standingAt(now: number): Standing
  standsUntil(now: number): number
  /** The ticket may be granted or refused before this returns. */
  ask(ticket: Ticket<C>): void
  /** Takes a ticket out again. */
  withdraw(ticket: Ticket<C>): void
  /** The connection of this lease is the one that this key is to get again. */
  remember(key: string, lease: Lease<C>): void
  /** Asks: would it dial if it could? */
  readonly wantsMore: boolean
  /** A slot has become free: it may dial. */
  look(): void
  /** Closes one connection: an idle one now, else the next that comes back. {@link keepAll} ends that. */
  giveOneUp(): void
  keepAll(): void
  /** Closes so many connections that are idle. */
  closeIdle(count: number): void
}
