const SECOND_MS = 1_000

/** How many lines a second may have. Those beyond are counted. */
export class LineBudget {
  readonly #perSecond: number
  #secondBeganAt = -Infinity
  #spent = 0
  #suppressed = 0

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  /** Takes one line of this second. False: there is none left, and it is counted as suppressed. */
  spend(now: number): boolean {
    if (now - this.#secondBeganAt >= SECOND_MS) {
      this.#secondBeganAt = now
      this.#spent = 0
    }
    if (this.#spent < this.#perSecond) this.#spent++
    else {
      this.#suppressed++
      return false
    }
    return true
  }

  /** How many were suppressed since it was last asked. */
  takeSuppressed(): number {
    const suppressed = this.#suppressed
    this.#suppressed = 0
    return suppressed
  }
}
