import type { TicketTaker } from './ticket.ts'
import type { UpstreamWaiter } from './upstream-waiter.ts'

/** Why a caller of an upstream is answered with an error. `NO_ENDPOINT`: none would have it; all are down. */
export type UpstreamRefusal = 'POOL_CLOSED' | 'ACQUIRE_TIMEOUT' | 'QUEUE_FULL' | 'NO_ENDPOINT'

/** What the rules of an upstream ask of the world, beside what they ask of its members. None may call back. */
export interface UpstreamEffects<C> extends TicketTaker<C> {
  refuse(waiter: UpstreamWaiter<C>, refusal: UpstreamRefusal, now: number): void
  /** Report `tick` at that time, instead of at any asked for before. */
  wakeAt(time: number): void
  /** Report `polled` when pending I/O has had its turn. */
  afterPoll(): void
}
