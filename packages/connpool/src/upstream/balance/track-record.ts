/** What happened this long ago counts 1/e as much as what happens now, in milliseconds. */
const DECAY_MS = 10_000

/**
 * No more than about this many count, however many there were in that time: where a thousand a second went well, the
 * first hundred failures are to be seen within a fraction of a second, not after ten.
 */
const MOST_COUNTED = 100

/**
 * So many of the latest latencies count, however long ago they were: where leases are rare, the mean of one or two would
 * be but luck, and the lucky would be taken for the fast.
 */
const FEWEST_LATENCIES = 8

/** Fewer latencies say nothing yet. An endpoint that was compared by one unlucky lease would get no others to tell more. */
const FEWEST_TO_TELL = 3

/** With fewer than this many in mind a failure is not yet a habit: their share counts in proportion. */
const FEWEST_FOR_A_RATIO = 10

/**
 * What one endpoint did of late. Time comes as an argument, in milliseconds of a monotonic clock. Cheap: some arithmetic
 * a call, nothing allocated.
 */
export class TrackRecord {
  #at = -Infinity
  #outcomeCount = 0
  #failedShare = 0
  /** The first lease pays for what is done once: code and caches are cold on both sides. Its latency does not count. */
  #isWarm = false
  #latencyCount = 0
  #latencyMs = 0

  /**
   * The mean duration of recent leases that ended well, in milliseconds, but for the first of all; undefined before there are
   * three. It rises twice as fast as it falls. If it rose at once, as in peak EWMA, one slow lease in a hundred would make an endpoint count as
   * slow for seconds, and endpoints that are alike would differ by their luck.
   */
  get latencyMs(): number | undefined {
    return this.#latencyCount < FEWEST_TO_TELL ? undefined : this.#latencyMs
  }

  /**
   * The share of recent outcomes that were failures, from 0 to 1, as of the last call. Less than the share while fewer
   * than ten recent outcomes count, so that it fades with time when nothing happens.
   */
  get failureRatio(): number {
    return this.#failedShare * Math.min(1, this.#outcomeCount / FEWEST_FOR_A_RATIO)
  }

  /** A lease ended well after so many milliseconds. */
  succeeded(leaseMs: number, now: number): void {
    this.#learn(0, now)
    if (!this.#isWarm) {
      this.#isWarm = true
      return
    }
    this.#latencyCount = Math.min(this.#latencyCount, MOST_COUNTED - 1) + 1
    const before = this.#latencyCount === 1 ? leaseMs : this.#latencyMs
    const gain = leaseMs > before ? 2 / (this.#latencyCount + 1) : 1 / this.#latencyCount
    this.#latencyMs = before + (leaseMs - before) * gain
  }

  /** A lease or a dial failed. */
  failed(now: number): void {
    this.#learn(1, now)
  }

  /** Lets time pass: without outcomes, old failures are forgiven. */
  refresh(now: number): void {
    const elapsedMs = now - this.#at
    if (elapsedMs <= 0) return
    this.#at = now
    const remains = Math.exp(-elapsedMs / DECAY_MS)
    this.#outcomeCount *= remains
    this.#latencyCount = Math.max(Math.min(this.#latencyCount, FEWEST_LATENCIES), this.#latencyCount * remains)
  }

  /** Failed is 1, well is 0. */
  #learn(outcome: 0 | 1, now: number): void {
    this.refresh(now)
    this.#outcomeCount = Math.min(this.#outcomeCount, MOST_COUNTED - 1) + 1
    this.#failedShare += (outcome - this.#failedShare) / this.#outcomeCount
  }
}
