import type { Entry } from './entry.ts'

/**
 * The idle connections, longest idle first. The links are fields of the entries, so that one that dies in the middle
 * is taken out in constant time and nothing is allocated.
 */
export class IdleList<C> {
  #oldest: Entry<C> | undefined
  #newest: Entry<C> | undefined
  #length = 0
  readonly #order: 'lifo' | 'fifo'

  constructor(order: 'lifo' | 'fifo') {
    this.#order = order
  }

  get length(): number {
    return this.#length
  }

  /** Asks: which one would be lent next? */
  get next(): Entry<C> | undefined {
    return this.#order === 'lifo' ? this.#newest : this.#oldest
  }

  get oldest(): Entry<C> | undefined {
    return this.#oldest
  }

  push(entry: Entry<C>): void {
    const newest = this.#newest
    entry.previousIdle = newest
    entry.nextIdle = undefined
    if (newest === undefined) this.#oldest = entry
    else newest.nextIdle = entry
    this.#newest = entry
    this.#length++
  }

  remove(entry: Entry<C>): void {
    const { previousIdle, nextIdle } = entry
    if (previousIdle === undefined) this.#oldest = nextIdle
    else previousIdle.nextIdle = nextIdle
    if (nextIdle === undefined) this.#newest = previousIdle
    else nextIdle.previousIdle = previousIdle
    entry.previousIdle = undefined
    entry.nextIdle = undefined
    this.#length--
  }
}
