/** One decision of a pool, for people. */
export interface Decision {
  /** In milliseconds of the pool's clock. */
  readonly at: number
  readonly what: string
}

const KEPT = 64

/** The last few decisions, oldest first. */
export class Decisions {
  readonly #ring: Decision[] = []
  #next = 0

  add(what: string, at: number): void {
    this.#ring[this.#next] = { at, what }
    this.#next = (this.#next + 1) % KEPT
  }

  list(): Decision[] {
    return [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)]
  }
}
