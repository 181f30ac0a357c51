/** The middle value; the mean of the two middle ones of an even count. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? NaN
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? NaN
  return (lower + upper) / 2
}

/** The least value that so many hundredths of all do not exceed. NaN of none. */
export function percentile(values: readonly number[], hundredths: number): number {
  const sorted = Float64Array.from(values).toSorted()
  return sorted[Math.max(0, Math.ceil((sorted.length * hundredths) / 100) - 1)] ?? NaN
}

/** A ratio of medians, and its range when each round's two values are divided by each other. */
export interface Ratio {
  readonly ofMedians: number
  readonly min: number
  readonly max: number
}

export function ratio(above: readonly number[], below: readonly number[]): Ratio {
  const byRound = above.map((value, round) => value / (below[round] ?? NaN))
  return { ofMedians: median(above) / median(below), min: Math.min(...byRound), max: Math.max(...byRound) }
}
