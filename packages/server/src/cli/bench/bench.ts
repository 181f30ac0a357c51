import type { BenchFlags } from '../commands.ts'
import { EXIT_STATUS, type ExitStatus } from '../exit-status.ts'
import type { Terminal } from '../terminal.ts'
import { UsageError } from '../usage-error.ts'
import { type BenchPlan, benchPlan } from './bench-plan.ts'
import { DirectWay } from './direct-way.ts'
import { isPrivate } from './is-private.ts'
import { runLoad } from './load.ts'
import { PooledWay } from './pooled-way.ts'
import { HEADING, reportLine } from './report-line.ts'
import type { Way } from './way.ts'

/** Loads a backend twice, with a dial for each request and through a pool, and says how they compare. */
export async function bench(endpoint: string, flags: BenchFlags, terminal: Terminal): Promise<ExitStatus> {
  const plan = benchPlan(endpoint, flags)
  if (flags.yes !== true) await requirePrivate(plan.endpoint)
  const { requests, durationMs, concurrency } = plan
  terminal.say(`${plan.endpoint}: ${concurrency} at a time, until ${requests} requests or ${durationMs} ms have passed`)
  terminal.say(HEADING)
  const isAnswered = [
    await measured(new DirectWay(plan), plan, terminal),
    await measured(new PooledWay(plan), plan, terminal),
  ]
  return isAnswered.includes(false) ? EXIT_STATUS.bad : EXIT_STATUS.good
}

async function requirePrivate(endpoint: string): Promise<void> {
  const answer = await isPrivate(endpoint).catch((error: Error) => error)
  if (answer === true) return
  if (answer instanceof Error) throw new UsageError(`${endpoint} has no address: ${answer.message}`)
  throw new UsageError(`${endpoint} is neither on this machine nor in a private network; --yes if it is yours to load`)
}

/** Whether all went well. */
async function measured(way: Way, plan: BenchPlan, terminal: Terminal): Promise<boolean> {
  const report = await runLoad(plan, way)
  terminal.say(reportLine(way.name, way.dials, report))
  if (report.failures === 0) return true
  terminal.complain(`${way.name}: the first of ${report.failures} failures: ${String(report.firstError)}`)
  return false
}
