import { BreakerMachine, type DialResult } from '../breaker/breaker-machine.ts'
import type { BreakerReport } from '../breaker/breaker-report.ts'
import type { BreakerState, Outcome } from '../breaker/breaker-rule.ts'
import { DialPacer } from './dial-pacer.ts'
import type { PoolRules } from './pool-rules.ts'

/** A dial that failed: its number, the number of the newest dial, and a random number from 0 to 1. */
export interface DialFailure {
  readonly id: number
  readonly newest: number
  readonly draw: number
  /** For want of something on this machine (descriptors, ports, a turn of the loop): it says nothing about the endpoint. */
  readonly isLocal: boolean
}

/** The use of connection number `id` failed its holder, who had it since `since`; `newest` is the number of the newest. */
export interface FailedUse {
  readonly id: number
  readonly newest: number
  readonly since: number
}

/** What is told of the breaker. */
export interface BreakerWatch {
  changed(state: BreakerState): void
  /** The user's rule is to hear this. */
  askRule(outcome: Outcome, state: BreakerState): void
}

const NO_BREAKER: BreakerReport = {
  state: 'closed',
  isIsolated: false,
  failures: 0,
  timesOpened: 0,
  retryAfterMs: 0,
}

/** What is held against the endpoint, and what may therefore be dialed: the pacer's word and the breaker's. */
export class EndpointHealth {
  readonly #pacer: DialPacer
  readonly #breaker: BreakerMachine | undefined
  readonly #watch: BreakerWatch
  readonly #threshold: number
  /** Failures that users met on open connections, in a row. */
  #userFailures = 0
  #userCountedUpTo = 0

  constructor(rules: Pick<PoolRules, 'maxDialing' | 'backoff' | 'breaker'>, watch: BreakerWatch) {
    const { maxDialing, backoff, breaker } = rules
    this.#threshold = breaker === undefined || breaker.rule !== undefined ? Infinity : breaker.failureThreshold
    this.#pacer = new DialPacer({ maxDialing, backoff, lastAttempt: this.#threshold - 1 })
    this.#breaker = breaker && new BreakerMachine(breaker, (outcome, state) => watch.askRule(outcome, state))
    this.#watch = watch
  }

  get state(): BreakerState {
    return this.#breaker?.state ?? 'closed'
  }

  /** Nothing is held against it: good news would change nothing. */
  get isCalm(): boolean {
    return this.#pacer.isCalm && this.#userFailures === 0 && this.#breaker?.isCalm !== false
  }

  /** Every clean end of a lease matters, not only the first after a failure. */
  get countsSuccesses(): boolean {
    return this.#breaker?.countsSuccesses === true
  }

  /** Its user keeps it from being dialed. */
  get isIsolated(): boolean {
    return this.#breaker?.isIsolated === true
  }

  /** How many dials may be under way: what the pacer says, but those that try an endpoint that is down. */
  get dialLimit(): number {
    return this.#breaker === undefined || this.#breaker.state === 'closed' ? this.#pacer.limit : this.#pacer.most
  }

  report(now: number): BreakerReport {
    return this.#breaker?.report(now) ?? NO_BREAKER
  }

  /** Before this instant no dial starts. */
  get retryAt(): number {
    return this.#pacer.retryAt
  }

  isBackingOff(now: number): boolean {
    return this.#pacer.isBackingOff(now)
  }

  /** Asks: must whoever wants a dial wait for the next try? It may be due at this very moment, or be under way for another. */
  isRetrying(now: number): boolean {
    return this.#pacer.failures > 0 || this.#pacer.isBackingOff(now)
  }

  retryAfterMs(now: number): number {
    return this.#breaker?.retryAfterMs(now) ?? 0
  }

  /** Asks: may another dial start, with so many under way? */
  mayDial(dialing: number, now: number): boolean {
    if (dialing >= this.dialLimit || this.#pacer.isBackingOff(now)) return false
    return this.#breaker?.mayDial(dialing, now) !== false
  }

  /** When a dial that only time holds back may start; `Infinity` if something else does. */
  heldBackUntil(dialing: number, now: number): number {
    if (dialing >= this.dialLimit) return Infinity
    const until = Math.max(this.#pacer.retryAt, this.#breaker?.until ?? -Infinity)
    return until > now ? until : Infinity
  }

  /** Asks: may the breaker let another dial through, however the pacer spaces them? */
  mayTry(dialing: number, now: number): boolean {
    return this.#breaker?.mayDial(dialing, now) !== false
  }

  dialing(): void {
    if (this.#breaker?.dialing() === true) this.#watch.changed('half-open')
  }

  succeeded(dial: DialResult, now: number): void {
    this.#pacer.succeeded()
    this.#userFailures = 0
    if (this.#breaker?.succeeded(dial, now) === true) this.#closed()
  }

  /** Answers whether the endpoint counts as down from now on. */
  failed(failure: DialFailure, now: number): boolean {
    if (!this.#pacer.failed(failure, now) || failure.isLocal) return false
    return this.#opened(this.#breaker?.failed(failure, now))
  }

  /**
   * It failed somebody who had a connection to it. All connections of one time fail together when a server dies: in a
   * row they count once, and apart from the dials, which a server that is back soon must have time for. Answers whether
   * the endpoint counts as down from now on.
   */
  failedUser(use: FailedUse, now: number): boolean {
    const breaker = this.#breaker
    if (breaker?.heeds(use.since) !== true) return false
    const isRowFull = this.#countInRow(use)
    return this.#opened(breaker.failedUser(use, now) || (isRowFull && breaker.trip(use.newest, now)))
  }

  /** The user's rule has had enough. Answers whether the endpoint counts as down from now on. */
  condemned(newest: number, now: number): boolean {
    return this.#opened(this.#breaker?.trip(newest, now))
  }

  isolate(newest: number, now: number): void {
    if (this.#breaker?.isolate(newest, now) === true) this.#watch.changed('open')
  }

  endIsolation(newest: number, now: number): void {
    if (this.#breaker?.endIsolation(newest, now) === true) this.#closed()
  }

  diedEarly(draw: number, now: number): void {
    this.#pacer.diedEarly(draw, now)
  }

  /** A connection was lent at `since`, used, and came back well. */
  served(since: number, now: number): void {
    this.#pacer.proved()
    this.#userFailures = 0
    this.#breaker?.served(since, now)
  }

  outlasted(dial: number, newest: number): void {
    this.#pacer.outlasted(dial, newest)
  }

  nobodyWaits(): void {
    this.#pacer.nobodyWaits()
  }

  #countInRow({ id, newest }: FailedUse): boolean {
    if (id <= this.#userCountedUpTo) return false
    this.#userCountedUpTo = newest
    this.#userFailures++
    return this.#userFailures >= this.#threshold
  }

  #opened(hasOpened: boolean | undefined): boolean {
    if (hasOpened !== true) return false
    this.#userFailures = 0
    this.#watch.changed('open')
    return true
  }

  /** The whole pool would come at once: it comes back by one, two, four … dials. */
  #closed(): void {
    this.#pacer.recovered()
    this.#watch.changed('closed')
  }
}
