import type { BreakerState } from './breaker-rule.ts'

/** A breaker as plain data, fit for JSON. */
export interface BreakerReport {
  /** 'open' also while it is isolated. */
  readonly state: BreakerState
  readonly isIsolated: boolean
  /** Failed dials in a row, counted while it is closed; 0 otherwise. */
  readonly failures: number
  /** How often in a row it has opened without a success in between; 0 while it is closed. */
  readonly timesOpened: number
  /** Milliseconds until the next dial may try; 0 unless open, `null` while it is isolated. */
  readonly retryAfterMs: number | null
}
