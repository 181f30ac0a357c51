import type { Lease } from '../pool/lease.ts'
import { Waiter } from '../pool/waiter.ts'
import type { Member } from './member.ts'
import type { Ticket } from './ticket.ts'

/** One unanswered acquire of an upstream. It waits in the upstream, and a ticket stands for it in one endpoint's pool. */
export class UpstreamWaiter<C> extends Waiter<C> {
  readonly affinityKey: string | undefined
  /** What stands for it; undefined between two places, or while there is no endpoint at all. */
  ticket: Ticket<C> | undefined = undefined
  /** The endpoint it must be served by, for its key. */
  boundTo: Member<C> | undefined = undefined
  /** The number of its arrival: who came first is served first. */
  arrival = 0
  /** Until then it waits for the endpoint that was picked for it, though another could serve it. */
  patientUntil = 0
  /** How often an endpoint would not have it, and what the last one said. */
  refusals = 0
  lastRefusal: unknown = undefined
  /** The acquiring stack, where leaks are reported. */
  stack: string | undefined = undefined

  constructor(affinityKey: string | undefined, resolve: (lease: Lease<C>) => void, reject: (reason: unknown) => void) {
    super(resolve, reject)
    this.affinityKey = affinityKey
  }
}
