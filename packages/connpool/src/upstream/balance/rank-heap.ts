/** What stands in a heap: first by `rank`, and among equals by `turn`. */
export interface Ranked {
  rank: number
  turn: number
  /** Where in the heap; only the heap writes it. -1 outside. */
  place: number
}

/** A binary heap, the least on top, in which any item may change its rank. */
export class RankHeap<T extends Ranked> {
  #heap: T[] = []

  get first(): T | undefined {
    return this.#heap[0]
  }

  /** Holds just these from now on. */
  refill(items: readonly T[]): void {
    for (const item of this.#heap) item.place = -1
    this.#heap = [...items]
    for (const [place, item] of items.entries()) item.place = place
    for (let place = (items.length >> 1) - 1; place >= 0; place--) this.#sink(place)
  }

  /** The rank or the turn of this item has changed. One that is not in the heap stays outside. */
  changed(item: T): void {
    if (item.place === -1) return
    this.#rise(item.place)
    this.#sink(item.place)
  }

  #rise(from: number): void {
    const heap = this.#heap
    const item = heap[from]
    if (item === undefined) return
    let place = from
    while (place > 0) {
      const parent = heap[(place - 1) >> 1]
      if (parent === undefined || !isBefore(item, parent)) break
      heap[place] = parent
      parent.place = place
      place = (place - 1) >> 1
    }
    heap[place] = item
    item.place = place
  }

  #sink(from: number): void {
    const heap = this.#heap
    const item = heap[from]
    if (item === undefined) return
    let place = from
    for (let child = this.#lesserChild(place); child !== undefined; child = this.#lesserChild(place)) {
      if (!isBefore(child, item)) break
      const { place: below } = child
      heap[place] = child
      child.place = place
      place = below
    }
    heap[place] = item
    item.place = place
  }

  #lesserChild(place: number): T | undefined {
    const left = this.#heap[2 * place + 1]
    const right = this.#heap[2 * place + 2]
    if (left === undefined || right === undefined) return left
    return isBefore(right, left) ? right : left
  }
}

function isBefore(one: Ranked, other: Ranked): boolean {
  return one.rank < other.rank || (one.rank === other.rank && one.turn < other.turn)
}
