/** Upper bounds in milliseconds, each twice the one before; what is longer goes into one more bucket. */
export const BUCKET_BOUNDS_MS: readonly number[] = Object.freeze(
  Array.from({ length: 17 }, (_, power) => 0.25 * 2 ** power),
)

/**
 * A histogram at one moment. `counts[i]` is how many durations were at most `boundsMs[i]` and above the bound before;
 * the last count is of those above all bounds.
 */
export interface HistogramSnapshot {
  readonly boundsMs: readonly number[]
  readonly counts: readonly number[]
  readonly count: number
  readonly sumMs: number
}

/** Counts durations in fixed exponential buckets, from a quarter of a millisecond to some sixteen seconds. */
export class Histogram {
  readonly #counts: number[] = new Array<number>(BUCKET_BOUNDS_MS.length + 1).fill(0)
  #sumMs = 0

  record(ms: number): void {
    const bucket = bucketOf(ms)
    this.#sumMs += ms
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
  }

  /** `total` is how many durations there were; those that were never recorded took no time at all. */
  snapshot(total: number): HistogramSnapshot {
    const [first = 0, ...rest] = this.#counts
    const above = rest.reduce((sum, each) => sum + each, 0)
    return {
      boundsMs: BUCKET_BOUNDS_MS,
      counts: [Math.max(first, total - above), ...rest],
      count: Math.max(total, first + above),
      sumMs: this.#sumMs,
    }
  }
}

function bucketOf(ms: number): number {
  if (ms <= 0.25) return 0
  if (ms > 16_384) return BUCKET_BOUNDS_MS.length
  return 32 - Math.clz32(Math.ceil(ms * 4) - 1)
}
