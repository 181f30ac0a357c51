import type { PoolStats } from 'connpool'

import type { Result } from './load.ts'

/** One line of the table. */
export interface Row extends Result {
  readonly name: string
  readonly dials: number
}

const HEADS = ['', 'requests/s', 'p50', 'p99', 'dials', 'reuse']

export function printTable(rows: readonly Row[]): string {
  const cells = [HEADS, ...rows.map(cellsOf)]
  const widths = HEADS.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  return cells.map((row) => row.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join('  ')).join('\n')
}

/** The numbers of a pool under the names that `stats()` gives them; reasons that never occurred are left out. */
export function printStats(stats: PoolStats): string {
  const { closed, ...numbers } = stats
  const line = (...names: (keyof typeof numbers)[]): string =>
    names.map((name) => `${name} ${whole(numbers[name])}`).join(', ')
  const reasons = Object.entries(closed).filter(([, count]) => count > 0)
  return [
    `  connections  ${line('total', 'idle', 'leased', 'probing', 'dialing', 'closing', 'minSize', 'maxSize')}`,
    `  leases       ${line('acquired', 'hits', 'misses', 'released', 'discarded', 'lateReleases')}`,
    `  callers      ${line('waiting', 'timeouts')}`,
    `  dials        ${line('dials', 'dialFailures', 'probes', 'probesPassed', 'probeFailures')}`,
    `  closed       ${reasons.map(([reason, count]) => `${reason} ${whole(count)}`).join(', ') || 'none'}`,
  ].join('\n')
}

export function whole(count: number): string {
  return Math.round(count).toLocaleString('en-US')
}

function cellsOf({ name, latenciesMs, elapsedMs, dials }: Row): string[] {
  const sorted = latenciesMs.toSorted((one, other) => one - other)
  const requests = sorted.length
  return [
    name,
    whole((requests / elapsedMs) * 1000),
    `${percentile(sorted, 0.5).toFixed(2)} ms`,
    `${percentile(sorted, 0.99).toFixed(2)} ms`,
    whole(dials),
    `${((1 - dials / requests) * 100).toFixed(1)} %`,
  ]
}

function percentile(sorted: readonly number[], ratio: number): number {
  return sorted[Math.floor((sorted.length - 1) * ratio)] ?? NaN
}

/** Names to the left, numbers to the right. */
function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width)
}
