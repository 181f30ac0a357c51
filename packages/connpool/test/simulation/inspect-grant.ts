import type { SimulatedSocket } from '../../src/testing.ts'
import type { Caller } from './caller-record.ts'
import type { ConnectionRecord } from './connection-record.ts'
import type { LeaseUnderTest } from './pool-under-test.ts'
import { must } from './violation.ts'
import type { World } from './world.ts'

/** Throws unless this connection may be lent to this caller now. Returns what is known of it. */
export function inspectGrant(world: World, caller: Caller, lease: LeaseUnderTest): ConnectionRecord {
  const socket = lease.connection
  const record = world.ledger.connectionOf(socket)
  must('S3', record !== undefined, () => `${caller.name} was lent a connection that nobody dialed`)
  mustBeInTime(world, caller)
  mustBeFree(world, caller, record)
  mustBeClean(caller, record, socket)
  mustBeWithinLimits(world, record)
  mustBeProved(world, record)
  mustBeAsDialed(record, socket)
  mustKnowItsUses(record, lease)
  noteGrant(world, record)
  return record
}

function mustBeInTime(world: World, caller: Caller): void {
  must('S18', !world.hasBeenPaused, () => `${caller.name} was served by a pool that is paused`)
  must(
    'S19',
    !world.isEnding || caller.since === world.now,
    () => `${caller.name} was served by a pool that is closing`,
  )
  if (world.now < caller.deadline || caller.facts.timeoutMs === 0) return
  must('S7', world.wasStalledAt(caller.deadline), () => `${caller.name} was served at its deadline or after it`)
  world.met('a caller is served after a stall that outlasted its deadline')
}

function mustBeFree(world: World, caller: Caller, record: ConnectionRecord): void {
  const { tenancy, hook } = record
  must(
    'S2',
    tenancy?.isLive !== true,
    () => `${caller.name} was lent ${nameOf(record)}, which ${tenancy?.caller.name} has`,
  )
  must('S2', !record.isDetached, () => `${nameOf(record)} was lent after it had been detached`)
  must('S3', record.isReady, () => `${nameOf(record)} was lent before it was set up`)
  must(
    'S4',
    hook?.isPending !== true || hook.signal.aborted,
    () => `${nameOf(record)} was lent during its ${hook?.name}`,
  )
  must('S4', record.goingSince === undefined, () => `${nameOf(record)} was lent while it was being closed`)
  must('S3', world.now <= record.clearedAt, () => `${nameOf(record)} was lent after the pool had been cleared`)
  if (record.lentCount > 0 && record.returnedAt === world.now) world.met('a connection is lent again at once')
}

function mustBeClean(caller: Caller, record: ConnectionRecord, socket: SimulatedSocket): void {
  const flaw = flawOf(socket)
  must('S4', flaw === undefined, () => `${caller.name} was lent ${nameOf(record)} ${flaw}`)
}

function flawOf(socket: SimulatedSocket): string | undefined {
  if (socket.destroyed) return 'destroyed'
  if (socket.errored !== null) return 'after an error'
  if (!socket.writable) return 'not writable'
  if (!socket.readable) return 'not readable'
  if (socket.readableLength + socket.arrivedBytes > 0) return 'with unread bytes'
  if (socket.writableLength > 0) return 'with unwritten bytes'
  return undefined
}

function mustBeWithinLimits(world: World, record: ConnectionRecord): void {
  const { maxUses, maxLifetimeMs } = world.plan.options
  must(
    'S3',
    record.lentCount < (maxUses ?? Infinity),
    () => `${nameOf(record)} was lent more often than ${maxUses} times`,
  )
  const ageMs = world.decidedAt - (record.readyAt ?? world.now)
  must('S3', ageMs < (maxLifetimeMs ?? Infinity), () => `${nameOf(record)} was lent at the age of ${ageMs} ms`)
}

function mustBeProved(world: World, record: ConnectionRecord): void {
  const { lentCount, resetCount } = record
  must('S4', !world.plan.hasReset || resetCount === lentCount, () => {
    return `${nameOf(record)} was lent after ${lentCount} leases and ${resetCount} resets`
  })
  if (!world.plan.hasProbe) return
  const provenAt = Math.max(record.readyAt ?? 0, record.provenAt ?? 0)
  if (provenAt >= world.decidedAt) return
  const idleMs = world.decidedAt - Math.max(provenAt, record.returnedAt ?? 0)
  const limitMs = world.plan.options.probeAfterIdleMs ?? 0
  must('S4', idleMs < limitMs, () => `${nameOf(record)} was lent unprobed after ${idleMs} ms of rest`)
}

/** A lease begins as if the connection had been dialed for it. */
function mustBeAsDialed(record: ConnectionRecord, socket: SimulatedSocket): void {
  must('S4', socket.readableFlowing === null, () => `${nameOf(record)} was lent flowing or paused`)
  must('S4', !socket.isPaused(), () => `${nameOf(record)} was lent paused`)
  must('S4', socket.readableEncoding === null, () => `${nameOf(record)} was lent with an encoding`)
  must('S4', socket.timeout === 0, () => `${nameOf(record)} was lent with a time-out of its former user`)
  must('S4', socket.hasRef, () => `${nameOf(record)} was lent unref'ed`)
  must('S4', socket.writableCorked === 0, () => `${nameOf(record)} was lent corked`)
  const left = record.tenancy?.leftListeners ?? []
  for (const name of ['data', 'readable', 'end', 'close', 'error', 'timeout', 'drain'] as const) {
    const listeners = socket.listeners(name)
    const stranger = left.find((listener) => listeners.includes(listener))
    must('S14', stranger === undefined, () => `${nameOf(record)} was lent with a '${name}' listener of its former user`)
  }
}

/** S17: what a lease says of its connection. */
function mustKnowItsUses(record: ConnectionRecord, { info }: LeaseUnderTest): void {
  const { uses, createdAt } = info
  must(
    'S17',
    uses === record.lentCount + 1,
    () => `${nameOf(record)} is lent for the ${record.lentCount + 1}. time, not ${uses}.`,
  )
  const openedAt = Math.floor(record.readyAt ?? 0)
  must('S17', Math.floor(createdAt) === openedAt, () => `${nameOf(record)} was opened at ${openedAt}, not ${createdAt}`)
}

function noteGrant(world: World, record: ConnectionRecord): void {
  const restedMs = world.now - (record.returnedAt ?? world.now)
  if (restedMs >= 1_000) world.met('a connection is lent again after a second of rest')
}

export function nameOf(record: ConnectionRecord): string {
  return `connection ${record.socket?.id ?? '?'} (dial ${record.number})`
}
