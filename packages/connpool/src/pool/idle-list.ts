import type { Entry } from './entry.ts'
import type { SharedSlots } from './shared-slots.ts'

/**
 * The idle connections in the order in which they came to rest. The links are fields of the entries, so that one that
 * dies in the middle is taken out in constant time and nothing is allocated. The newest stands apart: where callers
 * come one at a time it is lent again and again, and then no link is touched.
 */
export class IdleList<C> {
  #newest: Entry<C> | undefined
  #oldestLinked: Entry<C> | undefined
  #newestLinked: Entry<C> | undefined
  #length = 0
  readonly #isLifo: boolean
  readonly #slots: SharedSlots | undefined

  constructor(order: 'lifo' | 'fifo', slots?: SharedSlots) {
    this.#isLifo = order === 'lifo'
    this.#slots = slots
  }

  get length(): number {
    return this.#length
  }

  /** Asks: which one would be lent next? */
  get next(): Entry<C> | undefined {
    return this.#isLifo ? (this.#newest ?? this.#newestLinked) : this.oldest
  }

  get oldest(): Entry<C> | undefined {
    return this.#oldestLinked ?? this.#newest
  }

  push(entry: Entry<C>): void {
    if (this.#newest !== undefined) this.#link(this.#newest)
    this.#newest = entry
    this.#length++
    if (this.#slots !== undefined) this.#slots.rested()
  }

  remove(entry: Entry<C>): void {
    this.#length--
    if (this.#slots !== undefined) this.#slots.roused()
    if (entry === this.#newest) this.#newest = undefined
    else this.#unlink(entry)
  }

  /** Makes it the one that is lent next, whatever the order. */
  prefer(entry: Entry<C>): void {
    this.remove(entry)
    if (this.#isLifo || this.#length === 0) return this.push(entry)
    this.#length++
    if (this.#slots !== undefined) this.#slots.rested()
    const oldest = this.#oldestLinked
    entry.nextIdle = oldest
    if (oldest === undefined) this.#newestLinked = entry
    else oldest.previousIdle = entry
    this.#oldestLinked = entry
  }

  /** In the order in which they would be lent. Nothing may come or go meanwhile. */
  *[Symbol.iterator](): Generator<Entry<C>> {
    if (this.#isLifo && this.#newest !== undefined) yield this.#newest
    let entry = this.#isLifo ? this.#newestLinked : this.#oldestLinked
    while (entry !== undefined) {
      yield entry
      entry = this.#isLifo ? entry.previousIdle : entry.nextIdle
    }
    if (!this.#isLifo && this.#newest !== undefined) yield this.#newest
  }

  #link(entry: Entry<C>): void {
    const newest = this.#newestLinked
    entry.previousIdle = newest
    if (newest === undefined) this.#oldestLinked = entry
    else newest.nextIdle = entry
    this.#newestLinked = entry
  }

  #unlink(entry: Entry<C>): void {
    const { previousIdle, nextIdle } = entry
    if (previousIdle === undefined) this.#oldestLinked = nextIdle
    else previousIdle.nextIdle = nextIdle
    if (nextIdle === undefined) this.#newestLinked = previousIdle
    else nextIdle.previousIdle = previousIdle
    entry.previousIdle = undefined
    entry.nextIdle = undefined
  }
}
