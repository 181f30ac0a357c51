import { mkdir, writeFile } from 'node:fs/promises'
import type { Machine } from './machine.ts'
import type { RowReport, Table, Target } from './row.ts'

export interface Report {
  /** What of the project was measured, if not the pool. Part of the file's name. */
  readonly subject?: string
  readonly machine: Machine
  readonly rounds: number
  readonly elapsedSeconds: number
  readonly rows: readonly RowReport[]
}

/** The report as Markdown that reads as well in a terminal: aligned tables, targets first. */
export function print({ subject, machine, rounds, elapsedSeconds, rows }: Report): string {
  const { versions } = machine
  return [
    `# Bench of ${subject === undefined ? '' : `the ${subject}, `}${machine.date.slice(0, 10)}, Node ${machine.node}`,
    [
      `${machine.cpu}, ${machine.cpus} CPUs, load average ${machine.loadAverage.toFixed(2)} at the start, ${machine.memoryGiB} GiB memory,`,
      `${machine.os}, V8 ${machine.v8}.`,
    ].join('\n'),
    `${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}.`,
    `Medians of alternating rounds (least–most), --rounds ${rounds}; ratios are ratios of medians (range by round). ${elapsedSeconds} s in all.`,
    '## Targets',
    printTargets(rows),
    ...rows.map(printRow),
  ].join('\n\n')
}

export function printTargets(rows: readonly RowReport[]): string {
  const lines = rows.flatMap((row) =>
    row.skipped === undefined
      ? row.targets.map((target) => [row.name, target.what, target.target, target.measured, verdictOn(target)])
      : [[row.name, '', '', row.skipped, 'skipped']],
  )
  return printGrid(['row', 'measure', 'target', 'measured', ''], lines)
}

function verdictOn({ isMet, whenMissed }: Target): string {
  if (isMet) return 'met'
  return whenMissed === undefined ? '**missed**' : `**missed**: ${whenMissed}`
}

export function printRow(row: RowReport): string {
  const parts = [`## ${row.name}: ${row.title}`]
  if (row.skipped !== undefined) parts.push(`Skipped: ${row.skipped}`)
  for (const table of row.tables) parts.push(printTable(table))
  if (row.notes.length > 0) parts.push(row.notes.join('\n'))
  return parts.join('\n\n')
}

function printTable({ title, columns, rows }: Table): string {
  return `${title}:\n\n${printGrid(columns, rows)}`
}

/** A text that is longer than this sticks out, rather than make every line as long. */
const WIDEST = 60

function printGrid(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((column, index) =>
    Math.max(3, column.length, ...rows.map((row) => (row[index] ?? '').length).filter((width) => width <= WIDEST)),
  )
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, index) => (cells[index] ?? '').padEnd(width)).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [line(columns), rule, ...rows.map(line)].join('\n')
}

/** Writes `<date>-<subject>-node<major>.md` and `.json` into the folder, and answers with the path of the first. */
export async function write(folder: string, report: Report): Promise<string> {
  const name = [report.machine.date.slice(0, 10), report.subject, `node${process.versions.node.split('.')[0]}`]
  const path = `${folder}/${name.filter((part) => part !== undefined).join('-')}`
  await mkdir(folder, { recursive: true })
  await writeFile(`${path}.md`, `${print(report)}\n`)
  await writeFile(`${path}.json`, `${JSON.stringify(report, undefined, 2)}\n`)
  return `${path}.md`
}
