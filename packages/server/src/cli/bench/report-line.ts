import { type LoadReport, quantile } from './load.ts'

const COLUMNS = ['', 'requests/s', 'p50 ms', 'p99 ms', 'p99.9 ms', 'dials', 'failures']

/** What stands above the lines. */
export const HEADING: string = inColumns(COLUMNS)

/** One way to ask, in numbers. */
export function reportLine(name: string, dials: number, { sorted, failures, elapsedMs }: LoadReport): string {
  const rate = Math.round((sorted.length / elapsedMs) * 1_000)
  const times = [0.5, 0.99, 0.999].map((part) => inMilliseconds(quantile(sorted, part)))
  return inColumns([name, String(rate), ...times, String(dials), String(failures)])
}

function inMilliseconds(ms: number): string {
  return Number.isNaN(ms) ? '-' : ms.toFixed(2)
}

function inColumns([first = '', ...rest]: readonly string[]): string {
  return `${first.padEnd(18)}${rest.map((text) => text.padStart(11)).join('')}`
}
