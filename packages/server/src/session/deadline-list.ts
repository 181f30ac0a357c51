import type { Clock } from 'connpool'

/** Something whose time can run out: a link of the list it is in. */
export interface Timed {
  dueAt: number
  deadlines: DeadlineList | undefined
  earlier: Timed | undefined
  later: Timed | undefined
  /** Its time is up; it is in no list any more. */
  expire(): void
}

/** Something timed that is nothing else. */
export function timer(expire: () => void): Timed {
  return { dueAt: 0, deadlines: undefined, earlier: undefined, later: undefined, expire }
}

/**
 * Deadlines that all have the same length, so that who came first is due first: entering and leaving cost a few
 * assignments, and one timer serves all of them, however many there are.
 */
export class DeadlineList {
  readonly #clock: Clock
  readonly durationMs: number
  #first: Timed | undefined
  #last: Timed | undefined
  #timer: Disposable | undefined

  constructor(clock: Clock, durationMs: number) {
    this.#clock = clock
    this.durationMs = durationMs
  }

  /** Its time starts now. It leaves whatever list it was in. */
  enter(timed: Timed): void {
    timed.deadlines?.leave(timed)
    if (this.durationMs === Infinity) return
    timed.deadlines = this
    timed.dueAt = this.#clock.now() + this.durationMs
    timed.earlier = this.#last
    if (this.#last === undefined) this.#first = timed
    else this.#last.later = timed
    this.#last = timed
    this.#arm()
  }

  leave(timed: Timed): void {
    if (timed.deadlines !== this) return
    timed.deadlines = undefined
    const { earlier, later } = timed
    if (earlier === undefined) this.#first = later
    else earlier.later = later
    if (later === undefined) this.#last = earlier
    else later.earlier = earlier
    timed.earlier = undefined
    timed.later = undefined
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#first === undefined) return
    this.#timer = this.#clock.wakeAt(this.#first.dueAt, this.#woken)
  }

  /** A loop that stood still wakes timers first: what has arrived meanwhile is read before anybody's time is up. */
  readonly #woken = (): void => {
    const lateMs = this.#clock.now() - (this.#first?.dueAt ?? Infinity)
    if (lateMs > LATE_MS) setImmediate(this.#expireDue)
    else this.#expireDue()
  }

  readonly #expireDue = (): void => {
    this.#timer = undefined
    const now = this.#clock.now()
    for (let first = this.#first; first !== undefined && first.dueAt <= now; first = this.#first) {
      this.leave(first)
      first.expire()
    }
    this.#arm()
  }
}

/** A timer that fires this much after its time says that the loop was not free. */
const LATE_MS = 20
