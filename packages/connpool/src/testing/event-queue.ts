/** Something that happens at a moment, unless it is cancelled first. */
export interface TimedEvent {
  readonly time: number
  /** Decides between events of the same time. */
  readonly order: number
  /** Undefined once it has happened or was cancelled. */
  happen: (() => void) | undefined
}

/** Whether `a` comes before `b`. */
export function isEarlier(a: TimedEvent, b: TimedEvent): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order)
}

/** Events by time: a binary heap. A cancelled event stays in it until it comes to the top. */
export class EventQueue {
  readonly #heap: TimedEvent[] = []
  #size = 0

  /** How many events are still to happen. */
  get size(): number {
    return this.#size
  }

  /** The event that is next to happen. */
  get first(): TimedEvent | undefined {
    while (this.#heap[0] !== undefined && this.#heap[0].happen === undefined) this.#removeFirst()
    return this.#heap[0]
  }

  add(event: TimedEvent): void {
    this.#heap.push(event)
    this.#rise(this.#heap.length - 1)
    this.#size++
  }

  cancel(event: TimedEvent): void {
    if (event.happen === undefined) return
    event.happen = undefined
    this.#size--
  }

  /** Lets the event happen, unless it was cancelled. */
  run(event: TimedEvent): void {
    const happen = event.happen
    this.cancel(event)
    happen?.()
  }

  /** Removes and returns every event due at `time`, in order; each may still be cancelled until it is run. */
  takeDue(time: number): TimedEvent[] {
    const due: TimedEvent[] = []
    for (let next = this.first; next !== undefined && next.time <= time; next = this.first) {
      this.#removeFirst()
      due.push(next)
    }
    return due
  }

  #removeFirst(): void {
    const last = this.#heap.pop()
    if (last === undefined || this.#heap.length === 0) return
    this.#heap[0] = last
    this.#sink()
  }

  #rise(start: number): void {
    let index = start
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!this.#swapIfEarlier(index, parent)) return
      index = parent
    }
  }

  #sink(): void {
    let index = 0
    for (;;) {
      const child = this.#earlierChild(index)
      if (!this.#swapIfEarlier(child, index)) return
      index = child
    }
  }

  #earlierChild(index: number): number {
    const left = this.#heap[2 * index + 1]
    const right = this.#heap[2 * index + 2]
    return left !== undefined && right !== undefined && isEarlier(right, left) ? 2 * index + 2 : 2 * index + 1
  }

  #swapIfEarlier(child: number, parent: number): boolean {
    const low = this.#heap[child]
    const high = this.#heap[parent]
    if (low === undefined || high === undefined || !isEarlier(low, high)) return false
    this.#heap[child] = high
    this.#heap[parent] = low
    return true
  }
}
