/** So many retries are there for who asks seldom; it is also the most that can be saved up. */
const BURST = 10

/**
 * How many requests may be tried again: a part of all, so that retries never multiply the load of a backend that is in
 * trouble already. Pure.
 */
export class RetryBudget {
  /** Retries in parts of requests, from 0 to 1. */
  ratio: number
  #saved = BURST

  constructor(ratio: number) {
    this.ratio = ratio
  }

  /** A request has come. */
  asked(): void {
    this.#saved = Math.min(BURST, this.#saved + this.ratio)
  }

  /** Answers whether one may be tried again, and counts it. With a ratio of 0 none may. */
  take(): boolean {
    if (this.ratio === 0 || this.#saved < 1) return false
    this.#saved--
    return true
  }
}
