import type { BreakerRules } from './breaker-options.ts'
import type { BreakerReport } from './breaker-report.ts'
import type { BreakerState, Outcome } from './breaker-rule.ts'
import { FailureWindow } from './failure-window.ts'

type Closed = { readonly state: 'closed'; readonly failures: number }
type Open = { readonly state: 'open'; readonly until: number; readonly times: number }
type HalfOpen = { readonly state: 'half-open'; readonly times: number }
/** Held open by hand, `holds` times; `before` is what it is again when the last hold ends. */
type Isolated = { readonly state: 'isolated'; readonly holds: number; readonly before: Closed | Open }

/** Which dial, and which is the newest: those up to `newest` have begun by now. */
export interface DialResult {
  readonly id: number
  readonly newest: number
}

/** A lease that began at `since` has failed its holder; dials up to `newest` have begun by now. */
export interface UseFailure {
  readonly since: number
  readonly newest: number
}

const CALM: Closed = { state: 'closed', failures: 0 }

/** An open breaker that opens again stays open up to this much shorter, so that a fleet does not come back at once. */
const JITTER_RATIO = 0.25

/**
 * Whether an endpoint counts as down. Closed: it is used. Open, after too many failures: it is left alone for `openMs`,
 * twice as long each time. Half-open: a few dials try it, one success closes the breaker.
 *
 * Each change of state begins a generation. The result of a dial that began in an older one changes nothing, good or
 * bad: dials that were on their way when the breaker opened neither close it, so that it does not flap while half of
 * them succeed, nor open it again while another tries. The same is true of leases.
 *
 * Pure: time and randomness come as arguments.
 */
export class BreakerMachine {
  readonly #rules: BreakerRules
  readonly #threshold: number
  readonly #window: FailureWindow | undefined
  readonly #askRule: ((outcome: Outcome, state: BreakerState) => void) | undefined
  #now: Closed | Open | HalfOpen | Isolated = CALM
  /** Dials up to this number began in an older generation, and so did leases that began before `#changedAt`. */
  #oldUpTo = 0
  #changedAt = -Infinity

  /** `askRule` is called with what the user's rule, if there is one, is to hear; its answer comes as {@link trip}. */
  constructor(rules: BreakerRules, askRule?: (outcome: Outcome, state: BreakerState) => void) {
    this.#rules = rules
    this.#threshold = rules.rule === undefined ? rules.failureThreshold : Infinity
    this.#window = rules.rule === undefined && rules.failureRatio <= 1 ? new FailureWindow(rules.windowMs) : undefined
    this.#askRule = rules.rule && askRule
  }

  get state(): BreakerState {
    return this.#now.state === 'isolated' ? 'open' : this.#now.state
  }

  get isIsolated(): boolean {
    return this.#now.state === 'isolated'
  }

  /** Closed with no failure counted: good news would change nothing, unless {@link countsSuccesses}. */
  get isCalm(): boolean {
    return this.#now.state === 'closed' && this.#now.failures === 0
  }

  /** Every success matters, not only the first after a failure. */
  get countsSuccesses(): boolean {
    return this.#window !== undefined || this.#askRule !== undefined
  }

  /** When the next attempt is due: at once unless open, never while isolated. */
  get until(): number {
    if (this.#now.state === 'isolated') return Infinity
    return this.#now.state === 'open' ? this.#now.until : -Infinity
  }

  retryAfterMs(now: number): number {
    return Math.max(0, this.until - now)
  }

  report(now: number): BreakerReport {
    const retryAfterMs = this.isIsolated ? null : this.retryAfterMs(now)
    const held = this.#now.state === 'isolated' ? this.#now.before : this.#now
    const failures = held.state === 'closed' ? held.failures : 0
    const timesOpened = held.state === 'closed' ? 0 : held.times
    return { state: this.state, isIsolated: this.isIsolated, failures, timesOpened, retryAfterMs }
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
      case 'isolated':
        return false
    }
  }

  /** Asks: does it count what comes of a lease that began then? */
  heeds(since: number): boolean {
    return this.#now.state === 'closed' && since >= this.#changedAt
  }

  /** A dial starts. Answers whether the state changed. */
  dialing(): boolean {
    if (this.#now.state !== 'open') return false
    this.#now = { state: 'half-open', times: this.#now.times }
    return true
  }

  /** A dial has succeeded. Answers whether the state changed. */
  succeeded(dial: DialResult, now: number): boolean {
    if (dial.id <= this.#oldUpTo) return false
    switch (this.#now.state) {
      case 'closed':
        this.#countSuccess(now)
        return false
      case 'half-open':
        this.#askRule?.('success', 'half-open')
        this.#change(CALM, dial.newest, now)
        return true
      case 'open':
      case 'isolated':
        return false
    }
  }

  /** A lease that began at `since` ended well: failures before and after are not in a row. */
  served(since: number, now: number): void {
    if (this.heeds(since)) this.#countSuccess(now)
  }

  /** A dial has failed. `draw` is a random number from 0 to 1. Answers whether the state changed. */
  failed(dial: DialResult & { readonly draw: number }, now: number): boolean {
    if (dial.id <= this.#oldUpTo) return false
    switch (this.#now.state) {
      case 'closed':
        return this.#failedClosed(this.#now.failures + 1, dial.newest, now)
      case 'half-open':
        this.#askRule?.('failure', 'half-open')
        this.#open({ times: this.#now.times + 1, draw: dial.draw }, dial.newest, now)
        return true
      case 'open':
      case 'isolated':
        return false
    }
  }

  /** Answers whether the state changed. A lease's failure counts for the share and the rule, not among those in a row. */
  failedUser({ since, newest }: UseFailure, now: number): boolean {
    return this.heeds(since) && this.#countFailure(now) && this.trip(newest, now)
  }

  /** Opens it, if it was closed, for what was counted elsewhere. Answers whether the state changed. */
  trip(newest: number, now: number): boolean {
    if (this.#now.state !== 'closed') return false
    this.#open({ times: 1, draw: 0 }, newest, now)
    return true
  }

  /** Holds it open until {@link endIsolation} was called as often. Answers whether the state changed. */
  isolate(newest: number, now: number): boolean {
    const before = this.#now
    if (before.state === 'isolated') {
      this.#now = { ...before, holds: before.holds + 1 }
      return false
    }
    this.#change({ state: 'isolated', holds: 1, before: withoutResults(before) }, newest, now)
    return before.state !== 'open'
  }

  /** It is again what it was before: an endpoint that was down is tried by one dial when that is due. */
  endIsolation(newest: number, now: number): boolean {
    if (this.#now.state !== 'isolated') throw new Error('bug: an isolation ends that never began')
    const { holds, before } = this.#now
    if (holds > 1) {
      this.#now = { ...this.#now, holds: holds - 1 }
      return false
    }
    this.#change(before, newest, now)
    return before.state === 'closed'
  }

  #failedClosed(failures: number, newest: number, now: number): boolean {
    this.#now = { state: 'closed', failures }
    const isShareReached = this.#countFailure(now)
    if (failures < this.#threshold && !isShareReached) return false
    return this.trip(newest, now)
  }

  #countSuccess(now: number): void {
    this.#now = CALM
    this.#window?.succeeded(now)
    this.#askRule?.('success', 'closed')
  }

  /** Answers whether the share of failures is reached. */
  #countFailure(now: number): boolean {
    this.#askRule?.('failure', 'closed')
    if (this.#window === undefined) return false
    this.#window.failed(now)
    return this.#window.reaches(this.#rules.failureRatio, this.#rules.minSamples)
  }

  #open({ times, draw }: { times: number; draw: number }, newest: number, now: number): void {
    const longestMs = Math.min(this.#rules.maxOpenMs, this.#rules.openMs * 2 ** (times - 1))
    this.#change({ state: 'open', until: now + longestMs * (1 - JITTER_RATIO * draw), times }, newest, now)
  }

  /** A new generation: what was counted or is under way belongs to the one before. */
  #change(to: Closed | Open | Isolated, newest: number, now: number): void {
    this.#now = to
    this.#oldUpTo = newest
    this.#changedAt = now
    this.#window?.clear()
  }
}

/** What comes after an isolation: nothing is counted any more, and a try that was under way has to be made again. */
function withoutResults(state: Closed | Open | HalfOpen): Closed | Open {
  switch (state.state) {
    case 'closed':
      return CALM
    case 'open':
      return state
    case 'half-open':
      return { state: 'open', until: -Infinity, times: state.times }
  }
}
