// Proves that every row still runs and reports, with sizes at which its numbers mean nothing.

import { describe, expect, it } from 'vitest'
import { howMany } from '../../packages/connpool/test/how-many.ts'
import { openLoad } from './loads/load.ts'
import { describeMachine } from './machine.ts'
import { print } from './report.ts'
import type { RowReport } from './row.ts'
import { rows } from './rows.ts'
import { rows as serverRows } from './server/rows.ts'

const rounds = 1

/** Each starts servers, ours and others', for every subject. */
const withServers = serverRows.slice(0, howMany({ quick: 2, full: serverRows.length }))

describe.each([...rows, ...withServers])('the bench row $name', (row) => {
  it('runs and reports', async () => {
    const report = await row.run({ scale: 'tiny', rounds, start: openLoad })

    if (report.skipped === undefined) expectNumbers(report)
    const printed = print({ machine: describeMachine([]), rounds, elapsedSeconds: 0, rows: [report] })
    expect(printed).toContain(`## ${row.name}: ${report.title}`)
  }, 120_000)
})

function expectNumbers(report: RowReport): void {
  expect(report.targets.length).toBeGreaterThan(0)
  expect(report.tables.length).toBeGreaterThan(0)
  for (const { columns, rows: lines, samples } of report.tables) {
    expect(lines.length).toBe(Object.keys(samples).length)
    for (const line of lines) expect(line.length).toBe(columns.length)
    for (const ofSubject of Object.values(samples)) {
      expect(ofSubject.length).toBeGreaterThanOrEqual(rounds)
      expect(ofSubject.flatMap((sample) => Object.values(sample)).every(Number.isFinite)).toBe(true)
    }
  }
}
