import type { SharedSlots } from './shared-slots.ts'

/**
 * How a lease ended, as far as it tells of the endpoint: well; its holder closed it and said nothing, as who is done with a
 * connection does; its work threw or left it open; or by the endpoint's failing.
 */
export type LeaseOutcome = 'clean' | 'closed' | 'threw' | 'failed'

/**
 * Who keeps a pool as a part of something larger. It is told what happens in the pool; all calls but `changed()` may come
 * in the middle of an event of the pool, and must not call back.
 */
export interface Patron {
  readonly slots: SharedSlots
  /** Whether it must be told of every clean end of a lease, even of one that began in the same turn of the loop. */
  readonly hearsReleases: boolean
  leaseEnded(outcome: LeaseOutcome, leaseMs: number, now: number): void
  dialed(now: number): void
  /** Not told of failures for want of something on this machine: they say nothing about the endpoint. */
  dialFailed(now: number): void
  /** An event is over: there may be idle connections, or free slots, or the endpoint may be down or back. */
  changed(): void
}
