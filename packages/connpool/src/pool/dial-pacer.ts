import type { BackoffOptions } from './pool-options.ts'

const FIRST_LIMIT = 2
/** A ramp that has come this far is over. */
const RAMP_END = 32
/** The attempt that would open the breaker waits until this multiple of `baseMs` has passed since the first failure. */
const PATIENCE = 2.5

/** What a pacer goes by. `lastAttempt` is how many failures in a row make the next attempt the last; Infinity: none. */
export interface PacerRules {
  readonly maxDialing: number | 'adaptive'
  readonly backoff: Required<BackoffOptions>
  readonly lastAttempt: number
}

/**
 * How many dials may be under way, and when the next one may start.
 *
 * In good times: two at first; twice as many each time a caller has waited through a whole dial; two again as soon as
 * nobody waits. That opens few surplus connections in a spike and still grows fast when connections are kept.
 * After a failure: one at a time, after a delay drawn from 0 to `baseMs · 2ⁿ` (full jitter, as in the AWS
 * architecture blog's "Exponential Backoff And Jitter"); after the first success one, two, four … at once.
 */
export class DialPacer {
  readonly #rules: PacerRules
  #limit: number
  #ramp = Infinity
  #grewAfter = 0
  #failures = 0
  #firstFailureAt = 0
  #countedUpTo = 0
  #earlyDeaths = 0
  #retryAt = -Infinity

  constructor(rules: PacerRules) {
    this.#rules = rules
    this.#limit = rules.maxDialing === 'adaptive' ? FIRST_LIMIT : rules.maxDialing
  }

  /** How many dials may be under way now. */
  get limit(): number {
    return this.#failures > 0 ? 1 : Math.min(this.#limit, this.#ramp)
  }

  /** How many may ever be under way. */
  get most(): number {
    return this.#rules.maxDialing === 'adaptive' ? Infinity : this.#rules.maxDialing
  }

  /** Before this instant no dial starts. */
  get retryAt(): number {
    return this.#retryAt
  }

  /** Failed flights of dials in a row. */
  get failures(): number {
    return this.#failures
  }

  /** Nothing is held against the endpoint: good news would change nothing. */
  get isCalm(): boolean {
    return this.#earlyDeaths === 0
  }

  isBackingOff(now: number): boolean {
    return now < this.#retryAt
  }

  /** A caller has waited through the whole of dial number `dial`; `newest` is the number of the newest dial. */
  outlasted(dial: number, newest: number): void {
    if (this.#rules.maxDialing !== 'adaptive' || dial <= this.#grewAfter) return
    this.#limit *= 2
    this.#grewAfter = newest
  }

  nobodyWaits(): void {
    if (this.#rules.maxDialing === 'adaptive') this.#limit = FIRST_LIMIT
  }

  succeeded(): void {
    if (this.#failures > 0) this.#ramp = 1
    else if (this.#ramp < RAMP_END) this.#ramp *= 2
    else this.#ramp = Infinity
    this.#failures = 0
    if (this.#earlyDeaths === 0) this.#retryAt = -Infinity
  }

  /**
   * Dial number `dial` failed. Those that were under way together count once: answers whether this one counts.
   * `draw` is a random number from 0 to 1.
   */
  failed(dial: { readonly id: number; readonly newest: number; readonly draw: number }, now: number): boolean {
    if (dial.id <= this.#countedUpTo) return false
    this.#countedUpTo = dial.newest
    if (this.#failures === 0) this.#firstFailureAt = now
    this.#failures++
    this.#delay(this.#failures, dial.draw, now)
    if (this.#failures === this.#rules.lastAttempt) {
      this.#retryAt = Math.max(this.#retryAt, this.#firstFailureAt + PATIENCE * this.#rules.backoff.baseMs)
    }
    return true
  }

  /**
   * A connection was lost before anybody had used it: a server that accepts and closes at once must not be dialed in a
   * loop, though every dial succeeds.
   */
  diedEarly(draw: number, now: number): void {
    this.#earlyDeaths++
    this.#delay(this.#earlyDeaths, draw, now)
  }

  /** A connection was used and came back well. */
  proved(): void {
    if (this.#earlyDeaths === 0) return
    this.#earlyDeaths = 0
    this.#retryAt = -Infinity
  }

  /** The endpoint is up again, however it was found out: its dials begin with one. */
  recovered(): void {
    this.#ramp = 1
  }

  /** Whatever was held against the endpoint is forgotten. */
  forgive(): void {
    this.#failures = 0
    this.#earlyDeaths = 0
    this.#retryAt = -Infinity
  }

  #delay(times: number, draw: number, now: number): void {
    const { baseMs, maxMs } = this.#rules.backoff
    this.#retryAt = Math.max(this.#retryAt, now + draw * Math.min(maxMs, baseMs * 2 ** (times - 1)))
  }
}
