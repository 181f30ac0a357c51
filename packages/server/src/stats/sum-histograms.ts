import { Histogram, type HistogramSnapshot, type PoolHistograms } from 'connpool'

/** Adds up histograms bucket by bucket. All must have the same bounds; none at all make an empty one. */
export function sumHistograms(histograms: readonly HistogramSnapshot[]): HistogramSnapshot {
  const [first = new Histogram().snapshot(0), ...rest] = histograms
  return rest.reduce(plus, first)
}

/** Those of pools, each kind by itself. */
export function sumPoolHistograms(parts: readonly PoolHistograms[]): PoolHistograms {
  return {
    wait: sumHistograms(parts.map(({ wait }) => wait)),
    lease: sumHistograms(parts.map(({ lease }) => lease)),
    dial: sumHistograms(parts.map(({ dial }) => dial)),
  }
}

function plus(a: HistogramSnapshot, b: HistogramSnapshot): HistogramSnapshot {
  if (!hasSameBounds(a, b)) throw new Error('bug: histograms with different bounds cannot be added')
  return {
    boundsMs: a.boundsMs,
    counts: a.counts.map((count, bucket) => count + (b.counts[bucket] ?? 0)),
    count: a.count + b.count,
    sumMs: a.sumMs + b.sumMs,
  }
}

function hasSameBounds(a: HistogramSnapshot, b: HistogramSnapshot): boolean {
  return a.boundsMs.length === b.boundsMs.length && a.boundsMs.every((bound, bucket) => bound === b.boundsMs[bucket])
}
