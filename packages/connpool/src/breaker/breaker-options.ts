import type { BreakerRule } from './breaker-rule.ts'

/**
 * When an endpoint counts as down, and how it is tried again. While it does, waiting callers get `DIAL_FAILED`, new ones
 * `CIRCUIT_OPEN` at once; idle connections are still lent. Cancelled acquires, lack of local resources and dials that
 * timed out because the event loop was blocked never count as failures.
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
   * The share of failures among all results of the last `windowMs` that opens the breaker too: more than 0 and at most 1,
   * or `Infinity`: off. Dials count (those that were under way together once, if they fail), and leases: well if they
   * end clean, as a failure each if they are given back with `discard(reason)`. The dial that replaces a connection
   * given back so is a result too, so that where every lease fails the share is about one half: choose less.
   *
   * @default Infinity
   */
  readonly failureRatio?: number
  /**
   * How long a result counts for `failureRatio`, in milliseconds; more than 0 and less than 2³¹. Results leave by
   * tenths of it.
   *
   * @default 10_000
   */
  readonly windowMs?: number
  /**
   * With fewer results in the window than this, `failureRatio` opens nothing. A whole number, at least 1.
   *
   * @default 20
   */
  readonly minSamples?: number
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
   * Dials let through at the same time while the breaker is half-open. A whole number, at least 1. The first that
   * succeeds closes it, the first that fails opens it again; what the others bring changes nothing then.
   *
   * @default 1
   */
  readonly halfOpenProbes?: number
  /**
   * Decides when the breaker opens, instead of `failureThreshold` and `failureRatio`, which must not be given with it.
   */
  readonly rule?: BreakerRule
}

/** The options with nothing left open but whether there is a rule of the user's. */
export type BreakerRules = Required<Omit<BreakerOptions, 'rule'>> & Pick<BreakerOptions, 'rule'>
