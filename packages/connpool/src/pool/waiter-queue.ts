import { DeadlineHeap } from './deadline-heap.ts'
import { Ring } from './ring.ts'
import type { Waiter } from './waiter.ts'

const FEW = 64

/**
 * The waiters in order of arrival, who are also found by deadline. Callers who all wait equally long stand in order of
 * deadline as they come; only while one is due before somebody who came earlier is a heap kept beside the queue.
 *
 * One that gives up is marked and skipped later, so that giving up costs no search; when the marked ones are the
 * majority they are swept out.
 */
export class WaiterQueue<C, W extends Waiter<C> = Waiter<C>> {
  readonly #ring = new Ring<W>()
  readonly #heap = new DeadlineHeap<C, W>()
  #isInOrder = true
  #lastDeadline = -Infinity
  #length = 0
  #removed = 0

  /** How many are unsettled. */
  get length(): number {
    return this.#length
  }

  get first(): W | undefined {
    let { first } = this.#ring
    while (first?.isSettled === true) {
      this.#ring.shift()
      first = this.#ring.first
    }
    return first
  }

  /** The unsettled waiter that is due first. */
  get firstDue(): W | undefined {
    return this.#isInOrder ? this.first : this.#heap.first
  }

  push(waiter: W): void {
    const { deadline } = waiter
    if (this.#length === 0) this.#isInOrder = true
    else if (this.#isInOrder && deadline < this.#lastDeadline) this.#leaveOrder()
    this.#lastDeadline = deadline
    this.#ring.push(waiter)
    this.#length++
    if (!this.#isInOrder) this.#pushHeap(waiter)
  }

  /** Takes the first one out. */
  shift(): W | undefined {
    const { first } = this
    if (first !== undefined) this.shiftFirst(first)
    return first
  }

  /** Takes out the one that {@link first} has just answered. */
  shiftFirst(first: W): void {
    this.#ring.shift()
    first.isSettled = true
    this.#length--
  }

  /** Takes one out, wherever it stands. */
  remove(waiter: W): void {
    waiter.isSettled = true
    this.#length--
    this.#removed++
    if (this.#removed > FEW + this.#length * 2) this.#sweep()
  }

  /** How many of them still have time. */
  countInTime(now: number): number {
    const due = this.firstDue
    if (due === undefined || due.deadline > now) return this.#length
    let count = 0
    for (const waiter of this) if (waiter.deadline > now) count++
    return count
  }

  /** Asks: is it among the first `count`? */
  isAmongFirst(waiter: W, count: number): boolean {
    if (count <= 0) return false
    let place = 0
    for (const each of this) {
      if (place++ === count) return false
      if (each === waiter) return true
    }
    return false
  }

  *[Symbol.iterator](): Generator<W> {
    for (const waiter of this.#ring) if (!waiter.isSettled) yield waiter
  }

  #leaveOrder(): void {
    this.#isInOrder = false
    this.#heap.refill(this)
  }

  #pushHeap(waiter: W): void {
    if (this.#heap.length > FEW + this.#length * 2) this.#heap.refill(this)
    else this.#heap.push(waiter)
  }

  #sweep(): void {
    this.#removed = 0
    this.#ring.keep((waiter) => !waiter.isSettled)
    if (!this.#isInOrder) this.#heap.refill(this)
  }
}
