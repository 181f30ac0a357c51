import type { HistogramSnapshot } from '../metrics/histogram.ts'
import type { PoolWires } from './pool-wires.ts'

/** How long things took since the pool was made. */
export interface PoolHistograms {
  /** From an acquire to its answer, for those who were served. */
  readonly wait: HistogramSnapshot
  /** From the start of a lease to its end. */
  readonly lease: HistogramSnapshot
  /** From the start of a dial to its end, well or not. */
  readonly dial: HistogramSnapshot
}

/** What a pool has measured up to now. */
export function histogramsOf<C>(wires: PoolWires<C>): PoolHistograms {
  const { waits, leases, dials } = wires.journal
  const { acquired, leased } = wires.stats()
  return { wait: waits.snapshot(acquired), lease: leases.snapshot(acquired - leased), dial: dials.snapshot(0) }
}
