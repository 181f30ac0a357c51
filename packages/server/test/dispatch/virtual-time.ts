interface Happening {
  readonly at: number
  readonly order: number
  readonly run: (now: number) => void
}

/** What will happen, by time, and at one moment in the order in which it was said. Nothing waits: time jumps. */
export class VirtualTime {
  #now = 0
  #orders = 0
  readonly #heap: Happening[] = []

  get now(): number {
    return this.#now
  }

  at(at: number, run: (now: number) => void): void {
    const heap = this.#heap
    heap.push({ at, order: this.#orders++, run })
    for (let child = heap.length - 1; child > 0;) {
      const parent = (child - 1) >> 1
      if (!this.#isBefore(child, parent)) return
      this.#swap(child, parent)
      child = parent
    }
  }

  /** Until nothing is to come. `passing` hears of each stretch of time before it is over. */
  run(passing: (from: number, to: number) => void = () => undefined): void {
    for (let next = this.#pop(); next !== undefined; next = this.#pop()) {
      passing(this.#now, next.at)
      this.#now = next.at
      next.run(next.at)
    }
  }

  #pop(): Happening | undefined {
    const heap = this.#heap
    const [first] = heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return first
    heap[0] = last
    for (let parent = 0, least = this.#leastOf(parent); least !== parent; least = this.#leastOf(parent)) {
      this.#swap(parent, least)
      parent = least
    }
    return first
  }

  #leastOf(parent: number): number {
    let least = parent
    for (const child of [2 * parent + 1, 2 * parent + 2]) if (this.#isBefore(child, least)) least = child
    return least
  }

  #isBefore(one: number, other: number): boolean {
    const [a, b] = [this.#heap[one], this.#heap[other]]
    if (a === undefined || b === undefined) return false
    return a.at === b.at ? a.order < b.order : a.at < b.at
  }

  #swap(one: number, other: number): void {
    const [a, b] = [this.#heap[one], this.#heap[other]]
    if (a === undefined || b === undefined) return
    this.#heap[one] = b
    this.#heap[other] = a
  }
}
