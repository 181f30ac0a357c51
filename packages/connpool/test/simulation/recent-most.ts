/** The highest of the numbers of the last while. */
export class RecentMost {
  readonly #windowMs: number
  /** Falling numbers: one that a later one exceeds cannot be the highest any more. */
  #peaks: { readonly at: number; readonly count: number }[] = []

  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  /** Adds the number of now; answers with the highest of the window, this one included. */
  most(count: number, now: number): number {
    this.#peaks = this.#peaks.filter((peak) => peak.count > count && peak.at > now - this.#windowMs)
    this.#peaks.push({ at: now, count })
    return this.#peaks[0]?.count ?? count
  }
}
