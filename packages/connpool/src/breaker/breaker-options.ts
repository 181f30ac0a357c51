/**
 * When an endpoint counts as down, and how it is tried again. While it does, waiting callers get `DIAL_FAILED`, new ones
 * `CIRCUIT_OPEN` at once; idle connections are still lent. Cancelled acquires and lack of local resources never count as
 * failures.
 */
export interface BreakerOptions {
  /**
   * Failures in a row that open the breaker. A whole number, at least 1. With the default backoff, 5 take about a
   * second, so that a server that restarts quickly costs no error.
   *
   * @default 5
   */
  readonly failureThreshold?: number
  /**
   * How long the breaker stays open at first before a dial may try again, in milliseconds; more than 0 and less than
   * 2³¹. Each failed try doubles it, less up to a quarter at random.
   *
   * @default 10_000, or `maxOpenMs` if that is less
   */
  readonly openMs?: number
  /**
   * The longest the breaker stays open after a failed try, in milliseconds; more than 0, less than 2³¹, and not less
   * than `openMs`.
   *
   * @default 60_000, or `openMs` if that is more
   */
  readonly maxOpenMs?: number
  /**
   * Dials let through while the breaker is half-open. A whole number, at least 1.
   *
   * @default 1
   */
  readonly halfOpenProbes?: number
}
