import { monitorEventLoopDelay } from 'node:perf_hooks'

const RESOLUTION_MS = 20
const NS_PER_MS = 1e6

/**
 * By how much the event loop has been late, beyond what its timers wait anyway. Two histograms take turns, because one that
 * is reset does not see what comes before its next tick: so a reading covers the time since the one before the last.
 */
export class EventLoopDelay {
  readonly #histograms = [RESOLUTION_MS, RESOLUTION_MS].map((resolution) => monitorEventLoopDelay({ resolution }))
  #readings = 0

  constructor() {
    for (const histogram of this.#histograms) histogram.enable()
  }

  /** The 99th percentile in milliseconds. */
  read(): number {
    const lateMs = this.#histograms.map((histogram) => histogram.percentile(99) / NS_PER_MS - RESOLUTION_MS)
    this.#histograms[this.#readings++ % 2]?.reset()
    return Math.max(0, ...lateMs)
  }

  close(): void {
    for (const histogram of this.#histograms) histogram.disable()
  }
}
