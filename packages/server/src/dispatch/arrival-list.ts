/** A member of an {@link ArrivalList}: the links are its own fields, and only the list writes them. */
export interface Linked<R> {
  /** Its neighbours in the list. */
  older: R | undefined
  newer: R | undefined
}

/** Whatever came, in order of arrival; anything can be taken out in constant time, and nothing is allocated. */
export class ArrivalList<R extends Linked<R>> {
  #oldest: R | undefined
  #newest: R | undefined
  #length = 0

  get length(): number {
    return this.#length
  }

  get oldest(): R | undefined {
    return this.#oldest
  }

  get newest(): R | undefined {
    return this.#newest
  }

  push(item: R): void {
    const newest = this.#newest
    item.older = newest
    if (newest === undefined) this.#oldest = item
    else newest.newer = item
    this.#newest = item
    this.#length++
  }

  /** For one that was here before and comes back: it is the oldest again. */
  unshift(item: R): void {
    const oldest = this.#oldest
    item.newer = oldest
    if (oldest === undefined) this.#newest = item
    else oldest.older = item
    this.#oldest = item
    this.#length++
  }

  remove(item: R): void {
    const { older, newer } = item
    if (older === undefined) this.#oldest = newer
    else older.newer = newer
    if (newer === undefined) this.#newest = older
    else newer.older = older
    item.older = undefined
    item.newer = undefined
    this.#length--
  }

  /** Oldest first. Nothing may come or go meanwhile. */
  *[Symbol.iterator](): Generator<R> {
    for (let item = this.#oldest; item !== undefined; item = item.newer) yield item
  }
}
