import type { CloseReport } from '../../src/index.ts'
import { must } from './violation.ts'
import type { World } from './world.ts'

/** Longer than `closeTimeoutMs` no connection may delay the end of a pool; one millisecond for rounding. */
const SLACK_MS = 1

export function closePool(world: World, graceMs: number): void {
  world.tell(`close within ${graceMs} ms`)
  end(world, graceMs, () => world.pool.close({ graceMs }))
}

export function destroyPool(world: World): void {
  world.tell('destroy')
  world.met('the pool is destroyed')
  end(world, 0, () => world.pool.destroy(new Error('destroyed by the simulation')))
}

function end(world: World, graceMs: number, start: () => Promise<CloseReport>): void {
  const { now } = world
  const isFirst = world.ending === undefined
  noteEnding(world, isFirst)
  const graceEndsAt = now + graceMs
  world.ending ??= { since: now, graceEndsAt, isOver: false, ...whatIsLeft(world) }
  world.ending = { ...world.ending, graceEndsAt: Math.min(world.ending.graceEndsAt, graceEndsAt) }
  start()
    .then((report) => ended(world, report))
    .catch((error: unknown) => world.fail(error))
}

/** By the pool's count: some of those whom it has answered in this very turn do not know it yet. */
function whatIsLeft({ ledger, pool }: World): { refused: number; leased: number; cutBefore: number } {
  const { waiting, leased } = pool.stats()
  return { refused: waiting, leased, cutBefore: ledger.totals.closedAsTakenBack }
}

function noteEnding(world: World, isFirst: boolean): void {
  if (!isFirst) return world.met('the pool is closed twice')
  if (world.ledger.waiting.size > 0) world.met('the pool closes while callers wait')
  if (world.pool.stats().dialing > 0) world.met('the pool closes while it dials')
}

/** S19: when the pool says it is closed, it is, and the report is true. */
function ended(world: World, report: CloseReport): void {
  const { ending, ledger } = world
  if (ending === undefined || ending.isOver) return
  world.tell(`closed: ${JSON.stringify(report)}`)
  const elapsedMs = world.now - ending.since
  must(
    'S19',
    report.elapsedMs === elapsedMs || world.hasJustStalled,
    () => `closing took ${elapsedMs} ms, not ${report.elapsedMs}`,
  )
  must(
    'S19',
    report.refused === ending.refused,
    () => `${report.refused} callers are reported refused, of ${ending.refused}`,
  )
  const cut = ledger.totals.closedAsTakenBack - ending.cutBefore
  must(
    'S19',
    report.drained + report.cut === ending.leased,
    () => `${ending.leased} leases, reported ${JSON.stringify(report)}`,
  )
  if (cut > 0) world.met('the pool closes while a connection is leased, which is taken back')
  if (report.drained > 0) world.met('the pool closes while a connection is leased, which comes back in time')
  world.ending = { ...ending, isOver: true }
}

/** L2: the end comes in time, whatever servers, hooks and holders do. */
export function checkEnding(world: World): void {
  const { ending } = world
  if (ending === undefined || ending.isOver) return
  if (world.now >= ending.graceEndsAt) world.graceEndedAt ??= world.now
  const lastBegun = Math.max(world.graceEndedAt ?? Infinity, world.closedInVainAt)
  const latest = lastBegun + world.plan.closeTimeoutMs + SLACK_MS
  must('L2', world.now <= latest || world.wasStalledAt(latest), () => {
    return `the pool is still not closed ${world.now - latest} ms after it had to be`
  })
}

/** S14 and S19: nothing is left of a pool that has ended. */
export function checkNothingLeft(world: World): void {
  const { clock } = world.simulation
  must('S14', clock.pendingCount === 0, () => `${clock.pendingCount} timers are left after the end`)
  for (const record of world.ledger.connections) {
    const { socket } = record
    if (socket === undefined || record.isDetached) continue
    must('S19', socket.destroyed, () => `connection ${socket.id} is left open after the end`)
  }
}
