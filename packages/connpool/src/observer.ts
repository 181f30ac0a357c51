import type { PoolError } from './errors.ts'
import type { CloseReason } from './metrics/stats.ts'

/** What every event says about the pool it comes from. */
export interface PoolEvent {
  /** The pool's `name`, by default the text of its endpoint. */
  readonly pool: string
  /** The endpoint as text; `'custom'` for a pool made with `dial` alone. */
  readonly endpoint: string
}

export interface AcquiredEvent extends PoolEvent {
  readonly connectionId: number
  /** Whether the connection was open already. */
  readonly reused: boolean
  /** How long the caller waited, in milliseconds; 0 when it was served at once. */
  readonly waitMs: number
}

export interface ReleasedEvent extends PoolEvent {
  readonly connectionId: number
  /** `lost`: the connection ended while it was leased. */
  readonly how: 'released' | 'discarded' | 'dropped' | 'taken-back' | 'lost' | 'detached'
  readonly leaseMs: number
}

export interface DialEvent extends PoolEvent {
  readonly connectionId: number
  readonly dialMs: number
  /** Undefined when the dial succeeded. */
  readonly error?: Error
}

export interface ClosedEvent extends PoolEvent {
  readonly connectionId: number
  readonly reason: CloseReason
  readonly ageMs: number
  readonly uses: number
  readonly error?: Error
}

export interface ProbedEvent extends PoolEvent {
  readonly connectionId: number
  readonly healthy: boolean
  readonly probeMs: number
  readonly error?: Error
}

export interface WaitingEvent extends PoolEvent {
  /** How many acquires are unanswered, this one included. */
  readonly waiting: number
}

export interface RefusedEvent extends PoolEvent {
  readonly waitMs: number
  /** Why; the caller's own reason when its signal was aborted. */
  readonly error: unknown
}

export interface LeakEvent extends PoolEvent {
  readonly connectionId: number
  readonly ageMs: number
  /** Where the lease was acquired. */
  readonly stack: string | undefined
}

export interface BreakerEvent extends PoolEvent {
  readonly state: 'closed' | 'open' | 'half-open'
  readonly cause?: PoolError | Error
}

/**
 * Sees what a pool does. All methods are optional and are called after the state has changed; one that throws is
 * reported by `process.emitWarning` and changes nothing.
 */
export interface PoolObserver {
  acquired?(event: AcquiredEvent): void
  released?(event: ReleasedEvent): void
  /** A dial ended, well or not. */
  dialed?(event: DialEvent): void
  closed?(event: ClosedEvent): void
  probed?(event: ProbedEvent): void
  /** A caller was put in the queue. */
  waiting?(event: WaitingEvent): void
  /** A caller was answered with an error. */
  refused?(event: RefusedEvent): void
  /** A lease has outlasted `leakWarnMs`. */
  leaked?(event: LeakEvent): void
  breaker?(event: BreakerEvent): void
}
