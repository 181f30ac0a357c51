/** The highest of the numbers of the last while; each number holds until the next is said. */
export class RecentMost {
  readonly #windowMs: number
  /** Falling numbers, and until when each held: one that a later one exceeds cannot be the highest any more. */
  #peaks: { until: number; readonly count: number }[] = []

  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  /** Adds the number of now; answers with the highest of the window, this one included. */
  most(count: number, now: number): number {
    const last = this.#peaks.at(-1)
    if (last !== undefined) last.until = now
    this.#peaks = this.#peaks.filter((peak) => peak.count > count && peak.until > now - this.#windowMs)
    this.#peaks.push({ until: now, count })
    return this.#peaks[0]?.count ?? count
  }
}
