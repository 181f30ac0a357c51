import { DeadlineQueue } from './deadline-queue.ts'
import { Ring } from './ring.ts'
import type { Waiter } from './waiter.ts'

const FEW = 64

/**
 * The waiters in order of arrival. One that gives up is marked and skipped later, so that giving up costs no search;
 * when the marked ones are the majority they are swept out.
 */
export class WaiterQueue<C> {
  readonly #ring = new Ring<Waiter<C>>()
  readonly #deadlines = new DeadlineQueue<C>()
  #length = 0
  #tickets = 0
  #removed = 0

  /** How many are unsettled. */
  get length(): number {
    return this.#length
  }

  get first(): Waiter<C> | undefined {
    while (this.#ring.first?.isSettled === true) this.#ring.shift()
    return this.#ring.first
  }

  /** The unsettled waiter that is due first. */
  get firstDue(): Waiter<C> | undefined {
    return this.#deadlines.first
  }

  push(waiter: Waiter<C>): void {
    waiter.ticket = ++this.#tickets
    this.#ring.push(waiter)
    this.#length++
    this.#deadlines.push(waiter, this.#length)
  }

  /** Takes the first one out. */
  shift(): Waiter<C> | undefined {
    const waiter = this.first
    if (waiter === undefined) return undefined
    this.#ring.shift()
    waiter.isSettled = true
    this.#length--
    return waiter
  }

  /** Takes one out, wherever it stands. */
  remove(waiter: Waiter<C>): void {
    waiter.isSettled = true
    this.#length--
    this.#removed++
    if (this.#removed > FEW + this.#length * 2) this.#sweep()
  }

  /** How many may stand before it; those who gave up and are not swept out yet count too. */
  placeOf(waiter: Waiter<C>): number {
    const first = this.first
    return first === undefined ? 0 : Math.max(0, waiter.ticket - first.ticket)
  }

  *[Symbol.iterator](): Generator<Waiter<C>> {
    for (const waiter of this.#ring) if (!waiter.isSettled) yield waiter
  }

  #sweep(): void {
    this.#removed = 0
    this.#ring.keep((waiter) => !waiter.isSettled)
    this.#deadlines.compact()
  }
}
