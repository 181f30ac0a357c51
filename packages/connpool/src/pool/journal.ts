import type { BreakerState } from '../breaker/breaker-rule.ts'
import { Histogram } from '../metrics/histogram.ts'
import type { CloseReason } from '../metrics/stats.ts'
import type { PoolEvent, PoolObserver, ReleasedEvent } from '../observer.ts'
import { Decisions } from './decisions.ts'
import type { Entry } from './entry.ts'
import { Observation } from './observation.ts'
import type { Transitions } from './transitions.ts'

/** What a pool tells of itself: to the observer and the channels, in histograms, and as decisions for `explain()`. */
export class Journal<C> {
  readonly decisions: Decisions = new Decisions()
  readonly waits: Histogram = new Histogram()
  readonly leases: Histogram = new Histogram()
  readonly dials: Histogram = new Histogram()
  readonly #observation: Observation
  readonly #transitions: Transitions

  constructor(pool: PoolEvent, observer: PoolObserver | undefined, transitions: Transitions) {
    this.#observation = new Observation(pool, observer)
    this.#transitions = transitions
  }

  /** Asks before the frequent events, so that unheard ones cost nothing. */
  get hearsAcquired(): boolean {
    return this.#observation.hearsAcquired
  }

  get hearsReleased(): boolean {
    return this.#observation.hearsReleased
  }

  get hearsWaiting(): boolean {
    return this.#observation.hearsWaiting
  }

  get hearsRefused(): boolean {
    return this.#observation.hears('refused')
  }

  acquired({ id: connectionId, uses, dialedForUse }: Entry<C>, waitMs: number): void {
    const reused = uses !== dialedForUse
    this.#later(() => this.#observation.tell('acquired', { connectionId, reused, waitMs }))
  }

  waiting(waiting: number): void {
    this.#later(() => this.#observation.tell('waiting', { waiting }))
  }

  /** A lease that took no time is not recorded: how many there were follows from the counters. */
  released(entry: Entry<C>, how: ReleasedEvent['how'], now: number): void {
    const { id: connectionId, since } = entry
    const leaseMs = Math.max(0, now - since)
    if (leaseMs > 0) this.leases.record(leaseMs)
    if (this.hearsReleased) this.#later(() => this.#observation.tell('released', { connectionId, how, leaseMs }))
  }

  dialing(entry: Entry<C>): void {
    this.decisions.add(`dial connection ${entry.id}`, entry.since)
  }

  dialed({ id: connectionId, dialStartedAt }: Entry<C>, error: Error | undefined, now: number): void {
    const dialMs = now - dialStartedAt
    this.dials.record(dialMs)
    if (error !== undefined) this.decisions.add(`dialing connection ${connectionId} failed: ${error.message}`, now)
    if (!this.#observation.hears('dialed')) return
    const event = { connectionId, dialMs, ...(error !== undefined && { error }) }
    this.#later(() => this.#observation.tell('dialed', event))
  }

  probed(entry: Entry<C>, error: Error | undefined, now: number): void {
    const { id: connectionId, since, examination } = entry
    if ((examination !== 'probe' && examination !== 'background') || !this.#observation.hears('probed')) return
    const event = { connectionId, healthy: error === undefined, probeMs: now - since, ...(error && { error }) }
    this.#later(() => this.#observation.tell('probed', event))
  }

  closed(entry: Entry<C>, reason: CloseReason, now: number): void {
    const { id: connectionId, uses, createdAt, closeError: error } = entry
    this.decisions.add(`close connection ${connectionId}: ${reason}`, now)
    if (!this.#observation.hears('closed')) return
    const event = { connectionId, reason, uses, ageMs: now - createdAt, ...(error && { error }) }
    this.#later(() => this.#observation.tell('closed', event))
  }

  cutOff(entry: Entry<C>, now: number): void {
    this.decisions.add(`cut off connection ${entry.id}: closing took too long`, now)
  }

  refused(waitMs: number, error: unknown): void {
    if (this.hearsRefused) this.#later(() => this.#observation.tell('refused', { waitMs, error }))
  }

  leaked({ id: connectionId, stack }: Entry<C>, ageMs: number): void {
    if (this.#observation.hears('leaked')) {
      this.#later(() => this.#observation.tell('leaked', { connectionId, ageMs, stack }))
    }
  }

  breaker(state: BreakerState, cause: Error | undefined, now: number): void {
    this.decisions.add(`the breaker is ${state}`, now)
    if (!this.#observation.hears('breaker')) return
    this.#later(() => this.#observation.tell('breaker', { state, ...(cause && { cause }) }))
  }

  #later(tell: () => void): void {
    this.#transitions.later(tell)
  }
}
