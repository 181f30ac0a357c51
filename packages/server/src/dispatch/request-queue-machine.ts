import { Histogram } from 'connpool'

import type { QueueStats } from '../server-stats.ts'
import { ArrivalList } from './arrival-list.ts'
import { OverloadJudge, type OverloadRules } from './overload-judge.ts'
import type { QueuedRequest } from './queued-request.ts'

export interface RequestQueueRules extends OverloadRules {
  /** How many may wait. Those whom a pause has held come on top. */
  readonly limit: number
  /** How many may wait during a pause. */
  readonly maxPaused: number
}

/** What the queue orders. Orders may bring about further events of the queue before they return. */
export interface RequestQueueEffects<R> {
  /** One that waited has a slot now; give it back by {@link RequestQueueMachine.finished}. */
  serve(request: R, waitedMs: number): void
  /** One that waited is out, without having been served: refuse it as `queue-shed`. */
  shed(request: R): void
}

/**
 * The requests that wait for a connection, of one upstream and one process. As many as there are slots are served at once;
 * the others wait, the oldest first, and no slot is free while somebody waits.
 *
 * Under overload (see {@link OverloadJudge}) the newest is served first, so that those who are served are served in time, and
 * who has waited for ten intervals is shed, or goes for the newest when the queue is full. Nobody is shed sooner: if it was
 * no overload after all, those who waited are served.
 *
 * Pure: time is an argument, in milliseconds.
 */
export class RequestQueueMachine<R extends QueuedRequest<R>> {
  #rules: RequestQueueRules
  #capacity: number
  readonly #effects: RequestQueueEffects<R>
  readonly #waiting = new ArrivalList<R>()
  readonly #judge: OverloadJudge
  readonly #waitTime = new Histogram()
  readonly #dropped = { full: 0, shed: 0, timeout: 0, gone: 0 }
  #serving = 0
  #servedEver = 0
  /** How many of those who wait have waited since before a pause ended. */
  #held = 0
  #isPaused = false
  #isSettling = false

  constructor(capacity: number, rules: RequestQueueRules, effects: RequestQueueEffects<R>) {
    this.#capacity = capacity
    this.#rules = rules
    this.#effects = effects
    this.#judge = new OverloadJudge(rules)
  }

  /** How many wait. */
  get length(): number {
    return this.#waiting.length
  }

  /** How many are being served. */
  get serving(): number {
    return this.#serving
  }

  get capacity(): number {
    return this.#capacity
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  get isOverloaded(): boolean {
    return this.#judge.isOverloaded
  }

  /**
   * `served`: it has a slot, without any call of `serve`. `waiting`: `serve` or `shed` will tell, unless it leaves. `refused`:
   * it is not in here; refuse it as `queue-full`.
   */
  offer(request: R, now: number): 'served' | 'waiting' | 'refused' {
    expectState(request, request.queueState === 'out', 'offered')
    request.queuedAt = now
    if (this.#hasFreeSlot && this.length === 0) return this.#serveAtOnce(request, now)
    if (!this.#mayWait) return this.#refuse()
    request.queueState = 'waiting'
    this.#waiting.push(request)
    this.#judge.arrived()
    this.#settle(now)
    return 'waiting'
  }

  /** A request that was served is done, well or badly: its slot is free. */
  finished(request: R, now: number): void {
    expectState(request, request.queueState === 'served', 'finished')
    request.queueState = 'out'
    this.#serving--
    this.#settle(now)
  }

  /** Its time is up or its client has gone. False: it does not wait (any more); one that is being served keeps its slot. */
  leave(request: R, why: 'timeout' | 'gone'): boolean {
    if (request.queueState !== 'waiting' && request.queueState !== 'held') return false
    this.#remove(request)
    this.#dropped[why]++
    return true
  }

  /** How many may be served at once from now on. When it shrinks, those who are being served go on. */
  setCapacity(capacity: number, now: number): void {
    this.#capacity = capacity
    this.#settle(now)
  }

  /** New bounds. Nobody who waits has to leave because of them, but under overload. */
  setRules(rules: RequestQueueRules): void {
    this.#rules = rules
    this.#judge.rules = rules
  }

  /** Nobody is served from now on: up to `maxPaused` wait. Pausing twice is pausing. */
  pause(now: number): void {
    this.#isPaused = true
    this.#judge.calm(now)
  }

  /** Those who waited are served in order, and are neither shed nor counted against the limit. */
  resume(now: number): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    for (const request of this.#waiting) request.queueState = 'held'
    this.#held = this.length
    this.#settle(now)
  }

  stats(): QueueStats {
    return {
      length: this.length,
      limit: this.#rules.limit,
      waitTime: this.#waitTime.snapshot(this.#servedEver),
      dropped: { ...this.#dropped },
      overloaded: this.isOverloaded ? 1 : 0,
    }
  }

  get #hasFreeSlot(): boolean {
    return !this.#isPaused && this.#serving < this.#capacity
  }

  /** Under overload the newest may always wait, where anybody may: the oldest goes for it. */
  get #mayWait(): boolean {
    if (this.#isPaused) return this.length < this.#rules.maxPaused
    return !this.#isFull || (this.isOverloaded && this.#rules.limit > 0)
  }

  get #isFull(): boolean {
    return this.length - this.#held >= this.#rules.limit
  }

  #refuse(): 'refused' {
    this.#judge.arrived()
    this.#dropped.full++
    return 'refused'
  }

  #serveAtOnce(request: R, now: number): 'served' {
    this.#judge.calm(now)
    this.#takeSlot(request)
    return 'served'
  }

  /** The only place that serves who waited, and sheds. What an order brings about is met here too, once it was given. */
  #settle(now: number): void {
    if (this.#isSettling) return
    this.#isSettling = true
    try {
      while (this.#hasSettledOne(now)) continue
    } finally {
      this.#isSettling = false
    }
  }

  #hasSettledOne(now: number): boolean {
    const { oldest } = this.#waiting
    if (oldest === undefined) return false
    if (this.#hasFreeSlot) this.#serveNext(this.isOverloaded ? (this.#waiting.newest ?? oldest) : oldest, now)
    else if (this.isOverloaded && this.#mustGo(oldest, now)) this.#shed(oldest)
    else return false
    return true
  }

  #serveNext(request: R, now: number): void {
    const waitedMs = now - request.queuedAt
    const wasHeld = request.queueState === 'held'
    this.#remove(request)
    this.#takeSlot(request)
    if (wasHeld) this.#judge.calm(now)
    else this.#judge.served({ waitedMs, waiting: this.length, serving: this.#serving }, now)
    this.#waitTime.record(waitedMs)
    this.#effects.serve(request, waitedMs)
  }

  #takeSlot(request: R): void {
    request.queueState = 'served'
    this.#serving++
    this.#servedEver++
  }

  /** For its age only while others are served: else waiting long says nothing about how much is asked for. */
  #mustGo(oldest: R, now: number): boolean {
    if (this.length - this.#held > this.#rules.limit) return true
    return this.#judge.isServing(now) && now - oldest.queuedAt > this.#judge.patienceMs
  }

  #shed(request: R): void {
    this.#remove(request)
    this.#dropped.shed++
    this.#effects.shed(request)
  }

  #remove(request: R): void {
    if (request.queueState === 'held') this.#held--
    request.queueState = 'out'
    this.#waiting.remove(request)
  }
}

function expectState<R extends QueuedRequest<R>>(request: R, isSo: boolean, event: string): void {
  if (!isSo) throw new Error(`bug: a request is ${event} that is ${request.queueState}`)
}
