import type { Lease } from '../pool/lease.ts'
import { Waiter } from '../pool/waiter.ts'
import type { Member } from './member.ts'
import type { UpstreamWaiter } from './upstream-waiter.ts'

/** Who hears how the tickets end. Both may come in the middle of an event of the member's pool, which must not be called then. */
export interface TicketTaker<C> {
  granted(ticket: Ticket<C>, lease: Lease<C>): void
  refused(ticket: Ticket<C>, error: unknown): void
}

/**
 * Stands for a caller of the upstream in the queue of one endpoint's pool, so that the pool dials and examines as if the
 * caller stood there himself. Tickets of one pool are all alike: what is granted to one goes to the caller who has
 * waited longest, and the ticket of that one goes on standing for the caller whose ticket it was.
 */
export class Ticket<C> extends Waiter<C> {
  waiter: UpstreamWaiter<C> | undefined
  readonly member: Member<C>
  readonly taker: TicketTaker<C>

  constructor(waiter: UpstreamWaiter<C>, member: Member<C>, taker: TicketTaker<C>, now: number) {
    super(grant, refuse)
    this.waiter = waiter
    this.member = member
    this.taker = taker
    this.since = now
    this.timeoutMs = Infinity // its deadline is the caller's, and the upstream's business
  }
}

/** One function for all tickets: each is called as a method of its ticket. */
function grant<C>(this: Ticket<C>, lease: Lease<C>): void {
  this.taker.granted(this, lease)
}

function refuse<C>(this: Ticket<C>, reason: unknown): void {
  this.taker.refused(this, reason)
}
