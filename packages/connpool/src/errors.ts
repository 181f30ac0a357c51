import type { PoolStats } from './metrics/stats.ts'

/** Every code a {@link PoolError} can carry. Branch on these, never on the text of a message. */
export type PoolErrorCode =
  | 'POOL_CLOSED'
  | 'ACQUIRE_TIMEOUT'
  | 'QUEUE_FULL'
  | 'LEASE_ENDED'
  | 'DIAL_FAILED'
  | 'PROBE_FAILED'
  | 'CIRCUIT_OPEN'
  | 'NESTED_ACQUIRE'
  | 'INVALID_OPTIONS'

/** What an unanswered acquire was waiting for. */
export type WaitPhase = 'queued' | 'dialing' | 'probing' | 'backing-off' | 'paused'

/** Who has a connection now: the connection's number, for how long, and where it was acquired if that is recorded. */
export interface Holder {
  readonly id: number
  readonly ageMs: number
  /** The stack of the acquire; recorded only with a finite `leakWarnMs` or `maxLeaseMs`, or in `NESTED_ACQUIRE`. */
  readonly stack?: string
}

/** The facts a {@link PoolError} carries beside its message. */
export interface PoolErrorDetails {
  readonly endpoint?: string | undefined
  readonly phase?: WaitPhase | undefined
  readonly waitedMs?: number | undefined
  readonly stats?: PoolStats | undefined
  readonly holders?: readonly Holder[] | undefined
  readonly retryAfterMs?: number | undefined
  readonly cause?: unknown
}

/**
 * The one error class of this package. `code` says what happened, for programs; the message says it for people, with
 * the numbers they would ask for first. A failure that was caused by another keeps it as `cause`.
 */
export class PoolError<Code extends PoolErrorCode = PoolErrorCode> extends Error {
  override readonly name = 'PoolError'
  readonly code: Code
  /** The endpoint in question, as text. */
  readonly endpoint?: string
  /** What a refused caller was waiting for at the end. */
  readonly phase?: WaitPhase
  /** How long the caller had waited, in milliseconds. */
  readonly waitedMs?: number
  /** The pool's numbers at that moment. */
  readonly stats?: PoolStats
  /**
   * With `ACQUIRE_TIMEOUT`: who has held a connection longest, at most five. With `NESTED_ACQUIRE`: the `use()` around
   * the caller.
   */
  readonly holders?: readonly Holder[]
  /** With `CIRCUIT_OPEN`: when it is worth asking again, in milliseconds from now. */
  readonly retryAfterMs?: number

  constructor(code: Code, message: string, details: PoolErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    if (details.endpoint !== undefined) this.endpoint = details.endpoint
    if (details.phase !== undefined) this.phase = details.phase
    if (details.waitedMs !== undefined) this.waitedMs = details.waitedMs
    if (details.stats !== undefined) this.stats = details.stats
    if (details.holders !== undefined) this.holders = details.holders
    if (details.retryAfterMs !== undefined) this.retryAfterMs = details.retryAfterMs
  }
}
