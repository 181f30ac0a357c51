import { BreakerMachine, type BreakerState } from '../breaker/breaker-machine.ts'
import { DialPacer } from './dial-pacer.ts'
import type { PoolRules } from './pool-rules.ts'

/** A dial that failed: its number, the number of the newest dial, and a random number from 0 to 1. */
export interface DialFailure {
  readonly id: number
  readonly newest: number
  readonly draw: number
  /** For want of something on this machine (descriptors, ports): that says nothing about the endpoint. */
  readonly isLocal: boolean
}

/** What is held against the endpoint, and what may therefore be dialed: the pacer's word and the breaker's. */
export class EndpointHealth {
  readonly #pacer: DialPacer
  readonly #breaker: BreakerMachine | undefined
  readonly #changed: (state: BreakerState) => void
  readonly #threshold: number
  /** Failures that users met on open connections, in a row. */
  #userFailures = 0
  #userCountedUpTo = 0

  /** `changed` is told each new state of the breaker. */
  constructor(rules: Pick<PoolRules, 'maxDialing' | 'backoff' | 'breaker'>, changed: (state: BreakerState) => void) {
    const { maxDialing, backoff, breaker } = rules
    const lastAttempt = breaker === undefined ? Infinity : breaker.failureThreshold - 1
    this.#pacer = new DialPacer({ maxDialing, backoff, lastAttempt })
    this.#breaker = breaker && new BreakerMachine(breaker)
    this.#changed = changed
    this.#threshold = breaker?.failureThreshold ?? Infinity
  }

  get state(): BreakerState {
    return this.#breaker?.state ?? 'closed'
  }

  /** Nothing is held against it: good news would change nothing. */
  get isCalm(): boolean {
    return this.#pacer.isCalm && this.#userFailures === 0 && this.#breaker?.isCalm !== false
  }

  get dialLimit(): number {
    return this.#pacer.limit
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
    if (dialing >= this.#pacer.limit || this.#pacer.isBackingOff(now)) return false
    return this.#breaker?.mayDial(dialing, now) !== false
  }

  /** When a dial that only time holds back may start; `Infinity` if something else does. */
  heldBackUntil(dialing: number, now: number): number {
    if (dialing >= this.#pacer.limit) return Infinity
    const until = Math.max(this.#pacer.retryAt, this.#breaker?.until ?? -Infinity)
    return until > now ? until : Infinity
  }

  /** Asks: may the breaker let another dial through, however the pacer spaces them? */
  mayTry(dialing: number, now: number): boolean {
    return this.#breaker?.mayDial(dialing, now) !== false
  }

  dialing(): void {
    if (this.#breaker?.dialing() === true) this.#changed('half-open')
  }

  succeeded(): void {
    this.#pacer.succeeded()
    this.#userFailures = 0
    if (this.#breaker?.succeeded() === true) this.#changed('closed')
  }

  /** Answers whether the endpoint counts as down from now on. */
  failed(failure: DialFailure, now: number): boolean {
    return this.#pacer.failed(failure, now) && !failure.isLocal && this.#breakerFailed(failure.draw, now)
  }

  /**
   * It failed somebody who had connection number `id` to it; `newest` is the number of the newest. All connections of
   * one time fail together when a server dies: they count once, and apart from the dials, which a server that is back
   * soon must have time for. Answers whether it counts as down from now on.
   */
  failedUser(id: number, newest: number, now: number): boolean {
    if (id <= this.#userCountedUpTo) return false
    this.#userCountedUpTo = newest
    this.#userFailures++
    if (this.#userFailures < this.#threshold || this.#breaker?.trip(now) !== true) return false
    this.#userFailures = 0
    this.#changed('open')
    return true
  }

  diedEarly(draw: number, now: number): void {
    this.#pacer.diedEarly(draw, now)
  }

  /** A connection was used and came back well. */
  served(): void {
    this.#pacer.proved()
    this.#userFailures = 0
    this.#breaker?.served()
  }

  outlasted(dial: number, newest: number): void {
    this.#pacer.outlasted(dial, newest)
  }

  nobodyWaits(): void {
    this.#pacer.nobodyWaits()
  }

  #breakerFailed(draw: number, now: number): boolean {
    if (this.#breaker?.failed(draw, now) !== true) return false
    this.#changed('open')
    return true
  }
}
