import { setImmediate } from 'node:timers'

import type { Clock } from '../clock.ts'
import { nextTurn } from './event-loop.ts'
import { EventQueue, isEarlier, type TimedEvent } from './event-queue.ts'

/** What a {@link FakeClock} can be told when it is made. */
export interface FakeClockOptions {
  /**
   * What `now()` says at first, in milliseconds.
   *
   * @default 0
   */
  readonly startAt?: number
  /**
   * How many turns of the event loop are let pass after each wake, so that promises, stream events and `setImmediate`
   * callbacks that follow from it come to an end.
   *
   * @default 8
   */
  readonly turns?: number
}

/** What comes first after a {@link FakeClock.jump}: overdue wakes (timers) or overdue arrivals (I/O). */
export type FirstAfterJump = 'wakes' | 'arrivals'

/** So many events without a millisecond passing are taken for a loop without end. */
const MOST_EVENTS_AT_ONE_TIME = 100_000

/**
 * A clock that stands still until the test moves it. Pass it as the `clock` option of a pool:
 *
 * ```ts
 * const clock = new FakeClock()
 * const pool = new Pool({ dial: new FakeDialer().dial, clock })
 * await clock.advance(300_000) // five idle minutes, in no time
 * ```
 *
 * Moving it is asynchronous, because what follows from a wake is: between two wakes the clock lets promises, streams
 * and immediates settle, so that the order of events is that of a process whose event loop is never late.
 * {@link FakeClock.jump} is the other case, a loop that was blocked.
 */
export class FakeClock implements Clock {
  readonly #wakes = new EventQueue()
  readonly #arrivals = new EventQueue()
  readonly #elsewhere = new EventQueue()
  readonly #turns: number
  #now: number
  #armed = 0
  #eventsAtThisTime = 0
  #firstAfterJump: FirstAfterJump = 'wakes'

  constructor(options: FakeClockOptions = {}) {
    this.#now = options.startAt ?? 0
    this.#turns = options.turns ?? 8
  }

  now(): number {
    return this.#now
  }

  /** How many wakes are armed. 0 after the pools on this clock have been closed. */
  get pendingCount(): number {
    return this.#wakes.size
  }

  /** How many events were ever armed: as long as it grows, something is going on. */
  get armedCount(): number {
    return this.#armed
  }

  /** When the next event of any kind is due; undefined when none is. */
  get nextAt(): number | undefined {
    return this.#nextQueue()?.first?.time
  }

  /** A wake that is due already comes with the next {@link settle} or {@link advance}. */
  wakeAt(time: number, wake: () => void): Disposable {
    return this.#arm(this.#wakes, time, wake)
  }

  /**
   * Like `wakeAt`, for what reaches this process from outside: bytes, the end of a dial. Not counted by
   * {@link pendingCount}. After a {@link jump}, overdue wakes and arrivals do not mix, as timers and I/O do not.
   */
  arriveAt(time: number, happen: () => void): Disposable {
    return this.#arm(this.#arrivals, time, happen)
  }

  /** Like {@link arriveAt}, for what other machines do: it happens on time even when this process is stalled. */
  elsewhereAt(time: number, happen: () => void): Disposable {
    return this.#arm(this.#elsewhere, time, happen)
  }

  /** Moves time by `ms`. See {@link advanceTo}. */
  advance(ms: number): Promise<void> {
    return this.advanceTo(this.#now + ms)
  }

  /**
   * Moves time to `time`, stopping at every wake on the way: in order of time, among equals in order of arming, letting
   * everything settle between two. A wake that throws rejects the promise.
   */
  async advanceTo(time: number): Promise<void> {
    await this.settle()
    while ((this.nextAt ?? Infinity) <= time) await this.step()
    this.#moveTo(time)
  }

  /** Moves time to the next event, lets that one happen and everything settle. Without one it only settles. */
  async step(): Promise<void> {
    const queue = this.#nextQueue()
    const event = queue?.first
    if (queue === undefined || event === undefined || event.time < this.#now) return this.settle()
    this.#moveTo(event.time)
    this.#run(queue, event)
    if (queue !== this.#elsewhere) await this.#turnsPass()
  }

  /**
   * Moves time by `ms` without waking anybody, as if the event loop had been blocked or the process frozen. What became
   * due meanwhile comes late, with the next {@link settle} or {@link advance}: overdue wakes first and overdue arrivals
   * after them, or the other way round.
   */
  jump(ms: number, first: FirstAfterJump = 'wakes'): void {
    const target = this.#now + ms
    for (
      let event = this.#elsewhere.first;
      event !== undefined && event.time <= target;
      event = this.#elsewhere.first
    ) {
      this.#moveTo(event.time)
      this.#run(this.#elsewhere, event)
    }
    this.#moveTo(target)
    this.#firstAfterJump = first
  }

  /** Fires what is due by now, and lets everything settle that can without moving time. */
  async settle(): Promise<void> {
    do {
      if (this.#isOverdue()) await this.#fireOverdue()
      await this.#turnsPass()
    } while (this.#isOverdue())
  }

  #arm(queue: EventQueue, time: number, happen: () => void): Disposable {
    const event: TimedEvent = { time, order: this.#armed++, happen }
    queue.add(event)
    return {
      [Symbol.dispose]: () => {
        queue.cancel(event)
      },
    }
  }

  #nextQueue(): EventQueue | undefined {
    return earlierOf(earlierOf(this.#wakes, this.#arrivals), this.#elsewhere)
  }

  #isOverdue(): boolean {
    return (this.nextAt ?? Infinity) <= this.#now
  }

  #moveTo(time: number): void {
    if (time <= this.#now) return
    this.#now = time
    this.#eventsAtThisTime = 0
  }

  #run(queue: EventQueue, event: TimedEvent): void {
    if (++this.#eventsAtThisTime > MOST_EVENTS_AT_ONE_TIME) {
      throw new Error(`time stands still: ${MOST_EVENTS_AT_ONE_TIME} events happened at ${this.#now} ms`)
    }
    queue.run(event)
  }

  /** All in one phase of the event loop, each followed by its promises: what libuv does after a stall. */
  async #fireOverdue(): Promise<void> {
    for (const event of this.#elsewhere.takeDue(this.#now)) this.#run(this.#elsewhere, event)
    const queues = this.#firstAfterJump === 'wakes' ? [this.#wakes, this.#arrivals] : [this.#arrivals, this.#wakes]
    this.#firstAfterJump = 'wakes'
    const phase = queues.flatMap((queue) =>
      queue.takeDue(this.#now).map((event) => inThisPhase(() => this.#run(queue, event))),
    )
    await Promise.all(phase)
  }

  async #turnsPass(): Promise<void> {
    for (let turn = 0; turn < this.#turns; turn++) await nextTurn()
  }
}

function earlierOf(a: EventQueue | undefined, b: EventQueue): EventQueue | undefined {
  const first = a?.first
  const second = b.first
  if (first === undefined || second === undefined) return first === undefined ? second && b : a
  return isEarlier(second, first) ? b : a
}

/** Runs `happen` by an immediate; those scheduled together run in one phase, with promises settling in between. */
function inThisPhase(happen: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      try {
        happen()
        resolve()
      } catch (error) {
        reject(error instanceof Error ? error : new Error('a wake threw', { cause: error }))
      }
    })
  })
}
