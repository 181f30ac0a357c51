// #region percentile
import type { HistogramSnapshot, Pool } from 'connpool'

/** The upper bound of the bucket in which the percentile lies; `Infinity` above the last bound. */
export function percentileMs({ boundsMs, counts, count }: HistogramSnapshot, ratio: number): number {
  let left = count * ratio
  for (const [bucket, boundMs] of boundsMs.entries()) {
    left -= counts[bucket] ?? 0
    if (left <= 0) return boundMs
  }
  return Infinity
}
// #endregion

// #region report
/** One line every so often. Does not keep the process alive. */
export function report(pool: Pool, everyMs: number, print: (line: string) => void = console.log): Disposable {
  const timer = setInterval(() => print(lineOf(pool)), everyMs).unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

export function lineOf(pool: Pool): string {
  const { leased, idle, waiting, maxSize, hits, acquired, timeouts, dialFailures } = pool.stats()
  const { wait } = pool.histograms()
  return [
    `leased ${leased}/${maxSize}, idle ${idle}, waiting ${waiting}`,
    `reused ${hits} of ${acquired}`,
    `wait p99 ≤ ${percentileMs(wait, 0.99)} ms`,
    `timeouts ${timeouts}, failed dials ${dialFailures}`,
  ].join('; ')
}
// #endregion

// #region explain
/** `kill -USR2 <pid>` prints why callers wait and who holds the connections. */
export function explainOnSignal(pool: Pool, print: (text: string) => void = console.log): Disposable {
  const explain = (): void => print(JSON.stringify(pool.explain(), null, 2))
  process.on('SIGUSR2', explain)
  return { [Symbol.dispose]: () => void process.off('SIGUSR2', explain) }
}
// #endregion
