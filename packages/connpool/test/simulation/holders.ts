/** What callers do with a connection while they have it, and how they give it back. */
import { Violation, must } from './violation.ts'
import type { Caller } from './caller-record.ts'
import type { ConnectionRecord } from './connection-record.ts'
import { exchange, READING_MODES } from './exchange.ts'
import { inspectGrant, nameOf } from './inspect-grant.ts'
import type { LeaseUnderTest } from './pool-under-test.ts'
import type { Tenancy } from './tenancy.ts'
import type { World } from './world.ts'

export const ENDINGS = [
  'discard',
  'discard with reason',
  'drop',
  'release twice',
  'discard after release',
  'use after release',
  'detach',
  'throw',
  'keep',
] as const
/** How a holder ends its lease. `leave to the pool`: the work of a `use` is done, and the pool releases. */
export type Ending = 'release' | 'leave to the pool' | (typeof ENDINGS)[number]

export interface Holding {
  readonly tenancy: Tenancy
  readonly ending: Ending
  /** What the work threw, if it did. */
  mishap: Error | undefined
}

/** A lease begins: is it one that may be given? */
export function beginLease(world: World, caller: Caller, lease: LeaseUnderTest): Tenancy {
  const record = inspectGrant(world, caller, lease)
  if (caller.facts.timeoutMs === 0) world.met('a caller who may not wait is served')
  world.ledger.served(caller)
  world.tell(`${caller.name} has ${nameOf(record)}`)
  const isAfterStall = beganAfterStall(world, caller, record)
  const tenancy = world.ledger.lent(caller, record, lease, world.decidedAt)
  tenancy.beganAfterStall = isAfterStall
  return tenancy
}

/** Uses the connection for a while. Resolves with how the lease is to end. */
export async function hold(world: World, tenancy: Tenancy, manner: 'any' | 'briefly' = 'any'): Promise<Ending> {
  const { random, plan } = world
  tenancy.isBusy = true
  try {
    const mode = random.pick(READING_MODES)
    for (let count = random.pick([0, 1, 1, 2]); count > 0; count--) await converse(world, tenancy, mode)
    tenancy.isBusy = false
    if (random.chance(0.3)) await rest(world, tenancy)
  } catch (error) {
    if (error instanceof Violation) throw error
    tenancy.isBusy = false
    return random.pick(['discard', 'drop', 'discard with reason'])
  }
  tenancy.isBusy = false
  if (manner === 'briefly' || world.isCalm || !random.chance(plan.faults.caller)) return 'release'
  if (random.chance(0.5)) return misuse(world, tenancy)
  const ending = random.pick(ENDINGS)
  if (ending === 'keep') await untilCalm(world, tenancy)
  return ending === 'keep' ? 'release' : ending
}

/** One request and its reply. The reply must be to this request, unless the connection was left dirty by somebody. */
async function converse(world: World, tenancy: Tenancy, mode: (typeof READING_MODES)[number]): Promise<void> {
  const { connection, caller } = tenancy
  const socket = socketOf(tenancy)
  const request = `${caller.name}, ${world.story.length}`
  const giveUp = new AbortController()
  const patience = world.simulation.clock.arriveAt(world.now + world.random.pick([5, 100, 400]), () => giveUp.abort())
  const reply = await exchange(socket, request, mode, AbortSignal.any([tenancy.lease.signal, giveUp.signal])).catch(
    (error: unknown) => {
      if (socket.destroyed) mustHaveLookedFirst(world, tenancy)
      throw error
    },
  )
  patience[Symbol.dispose]()
  if (reply === request) return
  mustHaveLookedFirst(world, tenancy)
  const isForeign = reply.startsWith('caller') && !connection.isTainted
  must('S9', !isForeign, () => `${caller.name} asked "${request}" on ${nameOf(connection)} and heard "${reply}"`)
  throw new Error(`unexpected reply: ${reply}`)
}

/** S4: after a second of rest a pool looks at what has come meanwhile, before it lends. */
function mustHaveLookedFirst(world: World, tenancy: Tenancy): void {
  const isNew = tenancy.since === world.now && world.server.latency.leastMs > 0
  must('S4', !(isNew && tenancy.beganAfterStall), () => {
    return `${tenancy.caller.name} was lent ${nameOf(tenancy.connection)} without a look at what had come in the stall`
  })
}

/** Asked for right after a long stall, on a connection that had rested all through it. */
function beganAfterStall(world: World, caller: Caller, { readyAt = 0, returnedAt = 0 }: ConnectionRecord): boolean {
  const stall = world.stalls.at(-1)
  if (stall?.to !== world.now || !stall.isFromRest || stall.to - stall.from < 1_000) return false
  const mayBeSentAway = caller.facts.kind !== 'try' && caller.facts.timeoutMs > 0
  return caller.since === world.now && mayBeSentAway && Math.max(readyAt, returnedAt) <= stall.from
}

async function rest(world: World, tenancy: Tenancy): Promise<void> {
  await world.sleep(world.isCalm ? 1 : world.random.whole(0, world.plan.holdMs))
  if (tenancy.isLost) throw new Error('the connection was lost')
}

async function untilCalm(world: World, tenancy: Tenancy): Promise<void> {
  world.tell(`${tenancy.caller.name} keeps its connection`)
  while (!world.isCalm && tenancy.isOpenForHolder && !world.isEnding) await world.sleep(25)
}

function socketOf(tenancy: Tenancy): LeaseUnderTest['connection'] {
  return tenancy.connection.socket as LeaseUnderTest['connection']
}

/** Leaves the connection as nobody should, and gives it back as if all were well. */
async function misuse(world: World, tenancy: Tenancy): Promise<Ending> {
  const socket = socketOf(tenancy)
  if (!tenancy.isOpenForHolder || socket.destroyed) return 'release'
  switch (
    world.random.pick([
      'unread',
      'unread',
      'unwritten',
      'unwritten',
      'under way',
      'encoding',
      'listeners',
      'paused',
      'destroyed',
      'ended',
      'corked',
    ])
  ) {
    case 'unread':
      socket.write('unread\n')
      await world.sleep(2 * world.server.latency.mostMs + 20)
      if (socket.readableLength > 0) world.met('a connection comes back with unread bytes')
      else tenancy.connection.isTainted = true
      break
    case 'unwritten':
      tenancy.connection.isTainted = true
      for (let count = 0; count < 3; count++) socket.write(`${'x'.repeat(200)}\n`)
      if (socket.writableLength > 0) world.met('a connection comes back with unwritten bytes')
      break
    case 'under way':
      tenancy.connection.isTainted = true
      socket.write('never read\n')
      world.met('a connection comes back with a reply under way')
      break
    case 'encoding':
      socket.setEncoding('latin1')
      world.met('a connection comes back with an encoding set')
      break
    case 'listeners':
      leaveListeners(tenancy)
      world.met('a connection comes back with listeners left on it')
      break
    case 'paused':
      socket.pause()
      socket.setTimeout(1_000)
      socket.unref()
      break
    case 'destroyed':
      socket.destroy()
      if (world.random.chance(0.5)) await world.sleep(0)
      world.met('a connection comes back destroyed')
      break
    case 'ended':
      socket.end()
      break
    case 'corked':
      socket.cork()
      break
  }
  return world.random.chance(0.8) ? 'release' : 'discard'
}

function leaveListeners(tenancy: Tenancy): void {
  const socket = socketOf(tenancy)
  for (const name of ['data', 'readable', 'end', 'close', 'error', 'timeout'] as const) {
    const listener = (): void => undefined
    tenancy.leftListeners.push(listener)
    socket.on(name, listener)
  }
  socket.setTimeout(5_000)
}

// --- giving back ---

export function giveBack(world: World, tenancy: Tenancy, ending: Ending): void {
  const { lease, caller } = tenancy
  if (tenancy.end !== undefined && tenancy.end !== 'taken-back') return
  world.tell(`${caller.name}: ${ending}`)
  noteTakenBack(world, tenancy)
  if (tenancy.isLost && ending === 'release') world.met('a lost connection is released by its holder')
  switch (ending) {
    case 'keep':
    case 'throw':
    case 'release':
      return release(world, tenancy)
    case 'leave to the pool':
      if (tenancy.end === undefined) world.ledger.returned(tenancy, 'released')
      return
    case 'discard':
      return discard(world, tenancy, undefined)
    case 'discard with reason':
      if (tenancy.isLive) world.ledger.noteFailure()
      return discard(world, tenancy, new Error('it was bad'))
    case 'drop':
      if (tenancy.end === undefined) world.ledger.returned(tenancy, 'dropped')
      world.met('a lease is dropped without a word')
      return lease[Symbol.dispose]()
    case 'release twice':
      release(world, tenancy)
      world.met('a lease is released twice')
      return release(world, tenancy)
    case 'discard after release':
      release(world, tenancy)
      return discard(world, tenancy, undefined)
    case 'use after release':
      release(world, tenancy)
      return useAfterEnd(world, tenancy)
    case 'detach':
      return detach(world, tenancy)
  }
}

function release(world: World, tenancy: Tenancy): void {
  if (tenancy.end === undefined) world.ledger.returned(tenancy, 'released')
  else world.ledger.totals.lateReleases++
  if (tenancy.end === 'taken-back') world.met('a lease that was taken back is released')
  if (world.ledger.waiting.size > 0) world.met('a waiter gets a connection in the turn in which another gives it back')
  tenancy.lease.release()
}

function discard(world: World, tenancy: Tenancy, reason: unknown): void {
  if (tenancy.end === undefined) world.ledger.returned(tenancy, 'discarded')
  else world.ledger.totals.lateReleases++
  tenancy.lease.discard(reason)
}

/** S8: a lease that has ended gives access to nothing. */
function useAfterEnd(world: World, tenancy: Tenancy): void {
  world.met('a lease is used after its end')
  const { lease, caller } = tenancy
  must(
    'S8',
    isEnded(() => lease.connection),
    () => `${caller.name} could use its connection after the end of its lease`,
  )
  must(
    'S8',
    isEnded(() => lease.detach()),
    () => `${caller.name} could detach its connection after the end of its lease`,
  )
}

function detach(world: World, tenancy: Tenancy): void {
  if (tenancy.end === 'taken-back') return useAfterEnd(world, tenancy)
  world.met('a connection is detached')
  world.ledger.detached(tenancy)
  const socket = tenancy.lease.detach()
  must('S2', socket === tenancy.connection.socket, () => `${tenancy.caller.name} detached another connection`)
  socket.on('error', () => undefined)
  socket.destroy()
}

/** The pool may take a lease back only after its time, or when it ends itself. */
export function noteTakenBack(world: World, tenancy: Tenancy): void {
  if (!tenancy.isLive || !tenancy.isRevoked) return
  const ageMs = world.now - tenancy.earliestSince
  const isTimeUp =
    ageMs >= world.plan.maxLeaseMs || (world.ending !== undefined && world.now >= world.ending.graceEndsAt)
  must('S2', isTimeUp, () => `${tenancy.caller.name} lost its lease after ${ageMs} ms`)
  must('S2', tenancy.lease.signal.aborted, () => `${tenancy.caller.name} was not told that its lease was taken back`)
  world.met('a lease is taken back after its time')
  world.ledger.takenBack(tenancy)
}

export function isEnded(use: () => unknown): boolean {
  try {
    use()
    return false
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'LEASE_ENDED') return true
    throw error
  }
}
