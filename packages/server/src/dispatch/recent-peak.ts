const PERIOD_MS = 250

/** The highest of some numbers over the last quarter to half of a second. Time is an argument, in milliseconds. */
export class RecentPeak {
  #last: number
  #thisPeriod: number
  #periodBefore = 0
  #since: number

  constructor(value: number, now: number) {
    this.#last = value
    this.#thisPeriod = value
    this.#since = now
  }

  observe(value: number, now: number): void {
    this.#pass(now)
    this.#last = value
    this.#thisPeriod = Math.max(this.#thisPeriod, value)
  }

  at(now: number): number {
    this.#pass(now)
    return Math.max(this.#thisPeriod, this.#periodBefore)
  }

  #pass(now: number): void {
    const periods = Math.floor((now - this.#since) / PERIOD_MS)
    if (periods <= 0) return
    this.#periodBefore = periods === 1 ? this.#thisPeriod : this.#last
    this.#thisPeriod = this.#last
    this.#since += periods * PERIOD_MS
  }
}
