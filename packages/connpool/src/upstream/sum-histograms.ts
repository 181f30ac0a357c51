import { Histogram, type HistogramSnapshot } from '../metrics/histogram.ts'
import type { PoolHistograms } from '../pool/pool-histograms.ts'

/** Those of a pool that has done nothing. */
export function emptyHistograms(): PoolHistograms {
  const nothing = new Histogram().snapshot(0)
  return { wait: nothing, lease: nothing, dial: nothing }
}

export function sumHistograms(one: PoolHistograms, other: PoolHistograms): PoolHistograms {
  return { wait: plus(one.wait, other.wait), lease: plus(one.lease, other.lease), dial: plus(one.dial, other.dial) }
}

/** All have the same bounds. */
function plus(one: HistogramSnapshot, other: HistogramSnapshot): HistogramSnapshot {
  return {
    boundsMs: one.boundsMs,
    counts: one.counts.map((count, bucket) => count + (other.counts[bucket] ?? 0)),
    count: one.count + other.count,
    sumMs: one.sumMs + other.sumMs,
  }
}
