import type { BreakerOptions } from './breaker-options.ts'

export type BreakerState = 'closed' | 'open' | 'half-open'

type State =
  | { readonly state: 'closed'; readonly failures: number }
  | { readonly state: 'open'; readonly until: number; readonly times: number }
  | { readonly state: 'half-open'; readonly times: number }

/** An open breaker that opens again stays open up to this much shorter, so that a fleet does not come back at once. */
const JITTER_RATIO = 0.25

/**
 * Whether an endpoint counts as down. Closed: it is used. Open, after `failureThreshold` failures in a row: it is left
 * alone for `openMs`, twice as long each time. Half-open: a few dials try it, one success closes the breaker.
 * Pure: time and randomness come as arguments.
 */
export class BreakerMachine {
  readonly #rules: Required<BreakerOptions>
  #now: State = { state: 'closed', failures: 0 }

  constructor(rules: Required<BreakerOptions>) {
    this.#rules = rules
  }

  get state(): BreakerState {
    return this.#now.state
  }

  /** Closed with no failure counted: good news would change nothing. */
  get isCalm(): boolean {
    return this.#now.state === 'closed' && this.#now.failures === 0
  }

  /** When the next attempt is due: at once unless open. */
  get until(): number {
    return this.#now.state === 'open' ? this.#now.until : -Infinity
  }

  retryAfterMs(now: number): number {
    return Math.max(0, this.until - now)
  }

  /** Asks: may dial another, with so many under way? */
  mayDial(dialing: number, now: number): boolean {
    switch (this.#now.state) {
      case 'closed':
        return true
      case 'open':
        return now >= this.#now.until && dialing < this.#rules.halfOpenProbes
      case 'half-open':
        return dialing < this.#rules.halfOpenProbes
    }
  }

  /** A dial starts. Answers whether the state changed. */
  dialing(): boolean {
    if (this.#now.state !== 'open') return false
    this.#now = { state: 'half-open', times: this.#now.times }
    return true
  }

  /** Answers whether the state changed. */
  succeeded(): boolean {
    const before = this.#now
    if (before.state === 'closed' && before.failures === 0) return false
    this.#now = { state: 'closed', failures: 0 }
    return before.state !== 'closed'
  }

  /** A connection that is open already has served somebody well: failures before and after are not in a row. */
  served(): void {
    if (this.#now.state === 'closed' && this.#now.failures > 0) this.#now = { state: 'closed', failures: 0 }
  }

  /** Opens it, if it was closed, for failures that were counted elsewhere. Answers whether the state changed. */
  trip(now: number): boolean {
    if (this.#now.state !== 'closed') return false
    this.#open(1, 0, now)
    return true
  }

  /** `draw` is a random number from 0 to 1. Answers whether the state changed. */
  failed(draw: number, now: number): boolean {
    switch (this.#now.state) {
      case 'closed':
        return this.#failedClosed(this.#now.failures + 1, now)
      case 'half-open':
        this.#open(this.#now.times + 1, draw, now)
        return true
      case 'open':
        return false
    }
  }

  #failedClosed(failures: number, now: number): boolean {
    if (failures < this.#rules.failureThreshold) {
      this.#now = { state: 'closed', failures }
      return false
    }
    this.#open(1, 0, now)
    return true
  }

  #open(times: number, draw: number, now: number): void {
    const longestMs = Math.min(this.#rules.maxOpenMs, this.#rules.openMs * 2 ** (times - 1))
    this.#now = { state: 'open', until: now + longestMs * (1 - JITTER_RATIO * draw), times }
  }
}
