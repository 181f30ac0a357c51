import type { Linked } from './arrival-list.ts'

/**
 * What a request must carry so that it can wait in a {@link RequestQueueMachine}: one whose client has gone leaves in
 * constant time, and waiting allocates nothing. Only the queue writes these fields.
 */
export interface QueuedRequest<R> extends Linked<R> {
  /** `out`: before and after; `held`: waiting since before a pause ended; `served`: it has a slot. Begins as `out`. */
  queueState: 'out' | 'waiting' | 'held' | 'served'
  /** When it was offered, in milliseconds. Begins as 0. */
  queuedAt: number
}
