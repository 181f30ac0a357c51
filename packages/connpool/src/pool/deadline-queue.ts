import { Ring } from './ring.ts'
import type { Waiter } from './waiter.ts'

const FEW = 64

/**
 * Waiters by deadline. Callers who all wait equally long stand in order of deadline as they come, which a ring keeps
 * for nothing; only one that is due before somebody who came earlier goes into a heap.
 */
export class DeadlineQueue<C> {
  readonly #inOrder = new Ring<Waiter<C>>()
  #lastDeadline = -Infinity
  #heap: Waiter<C>[] = []

  /** `unsettled` is how many there are in all: a heap much larger than that is swept. */
  push(waiter: Waiter<C>, unsettled: number): void {
    if (waiter.deadline === Infinity) return
    this.#dropSettled()
    if (this.#inOrder.length > 0 && waiter.deadline < this.#lastDeadline) {
      if (this.#heap.length > FEW + unsettled * 2) this.compact()
      this.#pushHeap(waiter)
      return
    }
    this.#lastDeadline = waiter.deadline
    this.#inOrder.push(waiter)
  }

  /** The unsettled waiter that is due first. */
  get first(): Waiter<C> | undefined {
    this.#dropSettled()
    while (this.#heap[0]?.isSettled === true) this.#popHeap()
    const ordered = this.#inOrder.first
    const early = this.#heap[0]
    if (ordered === undefined || early === undefined) return ordered ?? early
    return early.deadline < ordered.deadline ? early : ordered
  }

  /** Frees the settled ones that stand behind unsettled ones. */
  compact(): void {
    this.#inOrder.keep((waiter) => !waiter.isSettled)
    const early = this.#heap.filter((waiter) => !waiter.isSettled)
    this.#heap = []
    for (const waiter of early) this.#pushHeap(waiter)
  }

  #dropSettled(): void {
    while (this.#inOrder.first?.isSettled === true) this.#inOrder.shift()
  }

  #pushHeap(waiter: Waiter<C>): void {
    const heap = this.#heap
    let place = heap.length
    while (place > 0) {
      const parentPlace = (place - 1) >> 1
      const parent = heap[parentPlace] as Waiter<C>
      if (parent.deadline <= waiter.deadline) break
      heap[place] = parent
      place = parentPlace
    }
    heap[place] = waiter
  }

  #popHeap(): void {
    const heap = this.#heap
    const last = heap.pop() as Waiter<C>
    if (heap.length > 0) this.#sink(last)
  }

  #sink(waiter: Waiter<C>): void {
    const heap = this.#heap
    let place = 0
    for (let child = 1; child < heap.length; child = 2 * place + 1) {
      const right = heap[child + 1]
      if (right !== undefined && right.deadline < (heap[child] as Waiter<C>).deadline) child++
      const smaller = heap[child] as Waiter<C>
      if (waiter.deadline <= smaller.deadline) break
      heap[place] = smaller
      place = child
    }
    heap[place] = waiter
  }
}
