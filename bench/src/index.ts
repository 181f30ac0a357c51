import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { describeMachine } from './machine.ts'
import { printRow, printTargets, write } from './report.ts'
import type { RowReport } from './row.ts'
import { rows } from './rows.ts'
import { startWorker } from './worker.ts'

const { values } = parseArgs({
  options: { only: { type: 'string' }, rounds: { type: 'string', default: '7' } },
})
const rounds = Number(values.rounds)
if (!Number.isInteger(rounds) || rounds < 1) {
  throw new Error(`--rounds must be a whole number ≥ 1, got "${values.rounds}"`)
}

const names = rows.map(({ name }) => name)
const wanted = values.only?.split(',') ?? names
for (const name of wanted) {
  if (!names.includes(name)) throw new Error(`--only takes ${names.join(', ')}; got "${name}"`)
}

const machine = describeMachine()
const startedAt = performance.now()
const reports: RowReport[] = []
for (const row of rows.filter(({ name }) => wanted.includes(name))) {
  const report = await row.run({ scale: 'full', rounds, start: startWorker })
  reports.push(report)
  console.log(`${printRow(report)}\n`)
}
console.log(printTargets(reports))

// Only a complete run is a result to keep: its rows were measured on one machine in one hour.
if (values.only === undefined) {
  const elapsedSeconds = Math.round((performance.now() - startedAt) / 1e3)
  const folder = fileURLToPath(new URL('../results', import.meta.url))
  console.log(`\nWritten to ${await write(folder, { machine, rounds, elapsedSeconds, rows: reports })}`)
}
