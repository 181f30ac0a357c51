export type BreakerState = 'closed' | 'open' | 'half-open'

/**
 * A rule of your own for when the breaker opens: any object of this shape. It hears of failed dials (those that were
 * under way together count once), of leases given back with `discard(reason)`, of dials that succeeded and of leases
 * that ended clean; never of cancelled acquires, of what this machine lacked, or of results from before the breaker last
 * changed.
 *
 * It is called right after what it hears of, never in the middle of it: it may call the pool. One that throws is
 * reported by `process.emitWarning` and has not said "open".
 */
export interface BreakerRule {
  /** Something went well. `state` is the breaker's at that time: 'closed', or 'half-open' for a dial that closes it. */
  success(state: BreakerState): void
  /**
   * Something failed. Answers whether the breaker is to open; only `true` opens it. In the state 'half-open' it opens
   * again whatever the answer.
   */
  failure(state: BreakerState): boolean
}

/** What a rule is told of. */
export type Outcome = 'success' | 'failure'
