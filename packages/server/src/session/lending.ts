import type { Turn } from './turn.ts'

/** Where the requests of one listener get what they need: connections of an upstream, or slots for a handler. */
export interface Lending<G> {
  readonly queue: TurnQueue<G>
  /** What can be had at once. */
  tryLend(): G | undefined
  /** Rejects with a `PoolError`, or with the signal's reason. */
  lend(signal: AbortSignal): Promise<G>
  /** Asks: may a request try once more that was lent what turned out to be gone? Counts it. */
  mayRetry(): boolean
  /** `broken`: it is closed; with a reason that counts as a failure of its endpoint. */
  giveBack(grant: G, how: 'clean' | 'broken', reason?: unknown): void
}

/** The queue of a listener, which knows the time. It calls `served()` or `shed()` of those who wait. */
export interface TurnQueue<G> {
  offer(turn: Turn<G>): 'served' | 'waiting' | 'refused'
  finished(turn: Turn<G>): void
  leave(turn: Turn<G>, why: 'gone' | 'timeout'): boolean
}
