import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Machine } from './machine.ts'
import { printRow, printTargets, write } from './report.ts'
import type { Row, RowReport, Scale } from './row.ts'
import { startWorker } from './worker.ts'

/** What is measured together and written to one file. */
export interface Suite {
  /** Part of the file's name; left out, the pool. */
  readonly subject?: string
  readonly machine: Machine
  readonly rows: readonly Row[]
}

const scales: readonly string[] = ['full', 'tiny'] satisfies Scale[]

/** Runs the rows that the command line asks for, prints them, and keeps the result if they were all of them, at full scale. */
export async function runBench({ rows, ...suite }: Suite): Promise<void> {
  const { only, rounds, scale } = readFlags(rows.map(({ name }) => name))
  const startedAt = performance.now()
  const reports: RowReport[] = []
  for (const row of rows.filter(({ name }) => only?.includes(name) ?? true)) {
    const report = await row.run({ scale, rounds, start: startWorker })
    reports.push(report)
    console.log(`${printRow(report)}\n`)
  }
  console.log(printTargets(reports))

  // Only a complete run is a result to keep: its rows were measured on one machine in one hour.
  if (only !== undefined || scale !== 'full') return
  const elapsedSeconds = Math.round((performance.now() - startedAt) / 1e3)
  const folder = fileURLToPath(new URL('../results', import.meta.url))
  console.log(`\nWritten to ${await write(folder, { ...suite, rounds, elapsedSeconds, rows: reports })}`)
}

interface Flags {
  readonly only: readonly string[] | undefined
  readonly rounds: number
  readonly scale: Scale
}

function readFlags(names: readonly string[]): Flags {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      rounds: { type: 'string', default: '7' },
      scale: { type: 'string', default: 'full' },
    },
  })
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new Error(`--rounds must be a whole number ≥ 1, got "${values.rounds}"`)
  }
  const only = values.only?.split(',')
  for (const name of only ?? []) {
    if (!names.includes(name)) throw new Error(`--only takes ${names.join(', ')}; got "${name}"`)
  }
  if (!isScale(values.scale)) throw new Error(`--scale takes ${scales.join(', ')}; got "${values.scale}"`)
  return { only, rounds, scale: values.scale }
}

function isScale(text: string): text is Scale {
  return scales.includes(text)
}
