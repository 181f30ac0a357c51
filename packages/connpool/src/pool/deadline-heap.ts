import type { Waiter } from './waiter.ts'

/** A binary heap of waiters, the one that is due first on top. Settled ones stay until they come up or are swept out. */
export class DeadlineHeap<C, W extends Waiter<C> = Waiter<C>> {
  #heap: W[] = []

  get length(): number {
    return this.#heap.length
  }

  /** The unsettled waiter that is due first. */
  get first(): W | undefined {
    while (this.#heap[0]?.isSettled === true) this.#pop()
    return this.#heap[0]
  }

  push(waiter: W): void {
    if (waiter.timeoutMs === Infinity) return
    const heap = this.#heap
    let place = heap.length
    heap.push(waiter)
    while (place > 0) {
      const parentPlace = (place - 1) >> 1
      const parent = heap[parentPlace]
      if (parent === undefined || parent.deadline <= waiter.deadline) break
      heap[place] = parent
      place = parentPlace
    }
    heap[place] = waiter
  }

  /** Holds just these from now on. */
  refill(waiters: Iterable<W>): void {
    this.#heap = []
    for (const waiter of waiters) this.push(waiter)
  }

  #pop(): void {
    const last = this.#heap.pop()
    if (last !== undefined && this.#heap.length > 0) this.#sink(last)
  }

  #sink(waiter: W): void {
    const heap = this.#heap
    let place = 0
    for (let child = this.#earlierChild(0); child !== undefined; child = this.#earlierChild(place)) {
      const earlier = heap[child]
      if (earlier === undefined || waiter.deadline <= earlier.deadline) break
      heap[place] = earlier
      place = child
    }
    heap[place] = waiter
  }

  #earlierChild(place: number): number | undefined {
    const left = this.#heap[2 * place + 1]
    const right = this.#heap[2 * place + 2]
    if (left === undefined) return undefined
    return right !== undefined && right.deadline < left.deadline ? 2 * place + 2 : 2 * place + 1
  }
}
