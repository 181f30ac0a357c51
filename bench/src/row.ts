import type { Alternation, Samples } from './rounds.ts'
import { valuesOf } from './rounds.ts'
import { median } from './statistics.ts'

/** `tiny` only proves that a row still runs; its numbers mean nothing. */
export type Scale = 'full' | 'tiny'

export interface Bench extends Alternation {
  readonly scale: Scale
}

/**
 * Three times the rounds: for rows whose rounds take a tenth of a second and keep a processor busy, where what else the
 * machine does comes in bursts.
 */
export function oftener(bench: Bench): Bench {
  return { ...bench, rounds: bench.rounds * 3 }
}

/** One question and how it is answered. `name` is what `--only` takes. */
export interface Row {
  readonly name: string
  run(bench: Bench): Promise<RowReport>
}

export interface RowReport {
  readonly name: string
  readonly title: string
  readonly tables: readonly Table[]
  readonly targets: readonly Target[]
  /** What a reader must know to read the numbers right. */
  readonly notes: readonly string[]
  /** Why there are no numbers, where that is so. */
  readonly skipped?: string
}

export interface Table {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** Everything that was measured, in the order of the rounds. */
  readonly samples: Samples
}

export interface Target {
  readonly what: string
  readonly target: string
  readonly measured: string
  readonly isMet: boolean
  /** Printed beside it when it is missed: what is known of the reason. */
  readonly whenMissed?: string
}

/** One number of the samples as a column of the table. */
export interface Column {
  readonly heading: string
  readonly key: string
  readonly digits: number
}

/** A table with a line per subject: the median of each number, and between which values the rounds lay. */
export function tabulate(title: string, samples: Samples, columns: readonly Column[]): Table {
  const rows = Object.entries(samples).map(([label, ofLabel]) => [
    label,
    ...columns.map(({ key, digits }) => medianAndRange(valuesOf(ofLabel, key), digits)),
  ])
  const rounds = Math.max(...Object.values(samples).map((ofLabel) => ofLabel.length))
  return { title: `${title}; ${rounds} rounds`, columns: ['', ...columns.map(({ heading }) => heading)], rows, samples }
}

/** `12.3 (11.0–14.2)` */
export function medianAndRange(values: readonly number[], digits: number): string {
  const print = (value: number): string =>
    value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  return `${print(median(values))} (${print(Math.min(...values))}–${print(Math.max(...values))})`
}
