/** It is looked at over so many intervals. */
const INTERVALS = 3

interface Interval {
  ms: number
  arrived: number
  served: number
}

/**
 * By how many more have come to a queue than were served from it, in the last three intervals. Who loses patience and
 * leaves still counts: a queue that stays short because clients give up grows all the same.
 */
export class QueueGrowth {
  readonly #intervalMs: number
  readonly #intervals: Interval[] = [newInterval()]

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs
  }

  /** Asks: has it been looked at for long enough? */
  get isKnown(): boolean {
    return this.#intervals.length > INTERVALS
  }

  get count(): number {
    return this.#intervals.reduce((sum, { arrived, served }) => sum + arrived - served, 0)
  }

  get perMs(): number {
    return this.count / this.#intervals.reduce((sum, { ms }) => sum + ms, 0)
  }

  arrived(): void {
    this.#current.arrived++
  }

  /** After so much time that counts. */
  served(ms: number): void {
    const current = this.#current
    current.served++
    current.ms += ms
    if (current.ms < this.#intervalMs) return
    this.#intervals.push(newInterval())
    if (this.#intervals.length > INTERVALS + 1) this.#intervals.shift()
  }

  get #current(): Interval {
    return this.#intervals.at(-1) ?? newInterval()
  }
}

function newInterval(): Interval {
  return { ms: 0, arrived: 0, served: 0 }
}
