/** The user code that a pool calls: mostly well-behaved, now and then as bad as it gets. */
import type { HookContext, PoolOptions } from '../../src/index.ts'
import { networkError, type SimulatedSocket } from '../../src/testing.ts'
import type { ConnectionRecord, HookCall, HookName } from './connection-record.ts'
import { exchange } from './exchange.ts'
import type { Situation } from './situations.ts'
import { watchingObserver } from './watching-observer.ts'
import type { World } from './world.ts'

type Hooks = Pick<
  PoolOptions<SimulatedSocket>,
  'dial' | 'onConnect' | 'probe' | 'reset' | 'closeConnection' | 'observer'
>

export function hostileOptions(world: World): Hooks {
  const { plan } = world
  return {
    dial: (context) => dial(world, context),
    ...(plan.hasOnConnect && { onConnect: hook(world, 'onConnect') }),
    ...(plan.hasProbe && { probe: hook(world, 'probe') }),
    ...(plan.hasReset && { reset: hook(world, 'reset') }),
    ...(plan.hasCloseConnection && { closeConnection: hook(world, 'closeConnection') }),
    ...(plan.hasObserver && { observer: watchingObserver(world) }),
  }
}

// --- dialing ---

/** After so many dials in vain the backoff has come to its longest. */
const MANY_IN_VAIN = 12
const MOST_DIALS_IN_TROUBLE = 40

function dial(world: World, { signal }: HookContext): SimulatedSocket | Promise<SimulatedSocket> {
  const record = world.ledger.dialStarted(signal)
  world.tell(`dial ${record.number}`)
  mustBeLetThrough(world, record)
  signal.addEventListener('abort', () => gaveUp(world, record))
  const fault = world.isCalm || !world.random.chance(world.plan.faults.dial) ? 'none' : world.random.pick(DIAL_FAULTS)
  if (fault !== 'none') world.tell(`dial ${record.number} will go wrong: ${fault}`)
  return DIAL[fault](world, record)
}

/** S18: nothing is dialed while the breaker is open, and only a few dials try whether it may close. */
function mustBeLetThrough(world: World, { number }: ConnectionRecord): void {
  const { plan, sightings, pool } = world
  world.claim('S18', !world.hasBeenPaused, () => `dial ${number} began while the pool was paused`)
  mustBeWithinBudget(world, number)
  if (!plan.hasObserver || typeof plan.options.breaker !== 'object') return
  const { halfOpenProbes = 1 } = plan.options.breaker
  world.claim('S18', sightings.breaker !== 'open', () => `dial ${number} went through an open breaker`)
  const isTrial = sightings.breaker === 'half-open'
  world.claim('S18', !isTrial || pool.stats().dialing <= halfOpenProbes, () => {
    return `dial ${number} is one too many for a breaker that is half-open`
  })
}

/** S12: an endpoint that only makes trouble is not dialed in a loop. */
function mustBeWithinBudget({ ledger, now, claim }: World, number: number): void {
  const isInTrouble = ledger.inVain >= MANY_IN_VAIN
  ledger.dialsInTrouble = isInTrouble ? [...ledger.dialsInTrouble.filter((at) => at > now - 1_000), now] : []
  const count = ledger.dialsInTrouble.length
  claim(
    'S12',
    count <= MOST_DIALS_IN_TROUBLE,
    () => `dial ${number} is the ${count}. within a second, to an endpoint in trouble`,
  )
}

const DIAL_FAULTS = [
  'throws',
  'rejects',
  'rejects oddly',
  'local',
  'nothing',
  'duplicate',
  'destroyed',
  'hangs',
  'deaf',
  'rude',
  'rude',
  'rude',
  'rude',
  'thenable',
] as const
type DialFault = 'none' | (typeof DIAL_FAULTS)[number]
type DialEnding = (world: World, record: ConnectionRecord) => SimulatedSocket | Promise<SimulatedSocket>

const DIAL: Record<DialFault, DialEnding> = {
  none: (world, record) => connected(world, record, record.signal),
  rude: async (world, record) => {
    await world.sleep(world.random.pick([0, 0, 150, 800]))
    return connected(world, record, undefined)
  },
  throws: (world, record) => {
    world.met('a dial throws at once')
    throw failed(world, record, new Error('dial threw'))
  },
  rejects: async (world, record) => {
    await world.sleep(world.random.whole(0, 40))
    throw failed(world, record, networkError('ECONNREFUSED', 'connect'))
  },
  'rejects oddly': async (world, record) => {
    await world.sleep(world.random.whole(0, 5))
    throw failed(world, record, world.random.pick<unknown>([undefined, 'a string', null]))
  },
  local: async (world, record) => {
    world.met('a local failure keeps a dial from starting')
    await world.sleep(0)
    throw failed(world, record, networkError(world.random.pick(['EMFILE', 'EADDRNOTAVAIL']), 'connect'))
  },
  nothing: (world, record) => {
    world.met('a dial answers nothing')
    failed(world, record, undefined)
    return world.random.pick<unknown>([undefined, null, Promise.resolve(undefined)]) as SimulatedSocket
  },
  duplicate: (world, record) => {
    const other = [...world.ledger.present].find(
      (each) => each.isReady && each.socket?.destroyed === false && !each.isDetached && !world.hasJustStalled,
    )
    if (other?.socket === undefined) return connected(world, record, record.signal)
    world.met('a dial answers a connection the pool has already')
    failed(world, record, undefined)
    return other.socket
  },
  destroyed: async (world, record) => {
    const socket = await connected(world, record, record.signal)
    if (world.plan.hasOnConnect) return socket
    world.met('a dial answers a destroyed connection')
    socket.destroy()
    return socket
  },
  hangs: (_world, record) =>
    new Promise((_resolve, reject) => {
      record.signal.addEventListener('abort', () => {
        record.dial = 'failed'
        reject(record.signal.reason as Error)
      })
    }),
  deaf: (world) => {
    world.met('a dial never ends, whatever it is told')
    return new Promise(() => undefined)
  },
  thenable: (world, record) => {
    const hostile = {
      // oxlint-disable-next-line unicorn/no-thenable -- that is the point
      get then(): never {
        throw failed(world, record, new Error('then threw'))
      },
    }
    return hostile as unknown as Promise<SimulatedSocket>
  },
}

async function connected(
  world: World,
  record: ConnectionRecord,
  signal: AbortSignal | undefined,
): Promise<SimulatedSocket> {
  let socket: SimulatedSocket
  try {
    socket = await world.server.dial({ signal })
  } catch (error) {
    if (record.givenUpAt === undefined) world.met('a dial is refused')
    throw failed(world, record, error)
  }
  world.ledger.dialSucceeded(record, socket)
  if (record.givenUpAt !== undefined) {
    world.met('a dial that was given up succeeds later')
    if (world.isEnding) world.met('a dial succeeds after the pool has closed')
  } else if (!world.plan.hasOnConnect) {
    world.ledger.ready(record)
  }
  world.tell(`dial ${record.number} connects ${socket.id}`)
  return socket
}

function failed(world: World, record: ConnectionRecord, reason: unknown): unknown {
  world.tell(`dial ${record.number} fails: ${String(reason)}`)
  world.ledger.dialFailed(record)
  return reason
}

/** The pool aborts the signal also when the dial has ended by itself; that changes nothing. */
function gaveUp(world: World, record: ConnectionRecord): void {
  const hasFailedItself = record.dial === 'failed' || record.hook?.isPending === false
  if (record.isReady || hasFailedItself || record.givenUpAt !== undefined) return
  record.givenUpAt = world.now
  const isLost = record.socket?.destroyed === true
  world.tell(`dial ${record.number} ${isLost ? 'is lost' : 'is given up'}`)
  if (world.isEnding) return
  world.met(isLost ? 'a connection is lost while it is set up' : 'a dial times out')
  world.ledger.noteFailure()
}

// --- the other hooks ---

const GOOD = ['says nothing', 'at once', 'later', 'asks', 'asks'] as const
const BAD = ['throws', 'rejects', 'hangs', 'deaf', 'false', 'thenable', 'breaks'] as const
type Conduct = (typeof GOOD)[number] | (typeof BAD)[number]

const NEVER_ENDS: Record<HookName, Situation> = {
  onConnect: 'setting a connection up never ends',
  probe: 'a probe never ends',
  reset: 'a reset never ends',
  closeConnection: 'closing a connection never ends',
}

function hook(world: World, name: HookName): (connection: SimulatedSocket, context: HookContext) => unknown {
  return (socket, { signal }) => {
    const record = world.ledger.connectionOf(socket)
    if (record === undefined) throw new Error(`bug in the simulation: ${name} for an unknown connection`)
    const call: HookCall = { name, signal, startedAt: world.now, isPending: true }
    record.hook = call
    if (name === 'closeConnection') noteClosing(world, record, signal)
    if (name === 'probe') world.ledger.totals.probes++
    const isBad = !world.isCalm && world.random.chance(world.plan.faults[name])
    const conduct = isBad ? world.random.pick(BAD) : world.random.pick(GOOD)
    world.tell(`${name} of ${socket.id}: ${conduct}`)
    if (conduct === 'deaf' || conduct === 'hangs') world.met(NEVER_ENDS[name])
    const isIdle = record.tenancy?.isLive !== true && name === 'probe'
    world.claim(
      'S18',
      !(isIdle && world.hasBeenPaused),
      () => `connection ${socket.id} was probed while the pool was paused`,
    )
    if (conduct === 'throws' && name === 'probe') world.met('a probe throws at once')
    return conducted(world, record, call, conduct)
  }
}

/** What came so late that no slot stood for it any more is closed with a signal that was aborted before. */
function noteClosing(world: World, record: ConnectionRecord, signal: AbortSignal): void {
  if (signal.aborted) return
  record.closes(world.now)
  if (record.givenUpAt !== undefined) world.closedInVainAt = world.now
}

function conducted(world: World, record: ConnectionRecord, call: HookCall, conduct: Conduct): unknown {
  const done = (isWell: boolean): void => ended(world, record, call, isWell)
  const socket = record.socket as SimulatedSocket
  switch (conduct) {
    case 'says nothing':
    case 'at once':
      return atOnce(call, socket, done, conduct === 'at once')
    case 'later':
      return later(world, call, socket, done)
    case 'asks':
      return asks(world, call, socket, done)
    case 'throws':
      done(false)
      throw new Error(`${call.name} threw`)
    case 'rejects':
      return rejects(world, call, done)
    case 'hangs':
      return new Promise((_resolve, reject) => {
        call.signal.addEventListener('abort', () => {
          done(false)
          reject(call.signal.reason as Error)
        })
      })
    case 'deaf':
      return new Promise(() => undefined)
    case 'false':
      done(call.name !== 'probe')
      return false
    case 'thenable':
      done(false)
      return {
        // oxlint-disable-next-line unicorn/no-thenable -- that is the point
        then: () => {
          throw new Error(`${call.name} answered a bad thenable`)
        },
      }
    case 'breaks':
      socket.destroy(new Error(`${call.name} broke the connection`))
      done(false)
      if (call.name === 'onConnect') throw new Error('onConnect broke the connection')
      return undefined
  }
}

function atOnce(call: HookCall, socket: SimulatedSocket, done: (isWell: boolean) => void, isPromise: boolean): unknown {
  if (call.name === 'closeConnection') socket.end()
  done(true)
  return isPromise ? Promise.resolve(true) : undefined
}

async function later(
  world: World,
  call: HookCall,
  socket: SimulatedSocket,
  done: (isWell: boolean) => void,
): Promise<void> {
  await world.sleep(world.isCalm ? 1 : world.random.whole(1, 30))
  if (call.name === 'closeConnection') socket.destroy()
  done(!call.signal.aborted)
}

async function rejects(world: World, call: HookCall, done: (isWell: boolean) => void): Promise<void> {
  await world.sleep(world.random.whole(0, 10))
  done(false)
  throw new Error(`${call.name} rejected`)
}

async function asks(
  world: World,
  call: HookCall,
  socket: SimulatedSocket,
  done: (isWell: boolean) => void,
): Promise<unknown> {
  const question = `${call.name}-${world.story.length}`
  // What onConnect leaves flowing stays flowing: that is how the connection is read from then on.
  const mode = call.name === 'onConnect' ? 'readable' : world.random.pick(['data', 'readable'] as const)
  try {
    const reply = await exchange(socket, question, mode, call.signal)
    if (reply !== question) throw new Error(`${call.name} heard ${reply}`)
    done(!call.signal.aborted)
    return true
  } catch (error) {
    done(false)
    throw error
  }
}

function ended(world: World, record: ConnectionRecord, call: HookCall, isWell: boolean): void {
  call.isPending = false
  const wasInTime = !call.signal.aborted
  if (call.name === 'onConnect' && wasInTime) {
    if (isWell && record.socket?.destroyed === false) world.ledger.ready(record)
    else world.ledger.noteFailure()
  }
  if (call.name === 'probe' && isWell && wasInTime) record.provenAt = world.now
  if (call.name === 'reset' && isWell && wasInTime) record.resetCount++
  noteSituation(world, record, call, isWell)
}

function noteSituation(world: World, record: ConnectionRecord, call: HookCall, isWell: boolean): void {
  const isLost = record.socket?.destroyed === true
  if (isWell) return
  switch (call.name) {
    case 'onConnect':
      return world.met(isLost ? 'a connection is lost while it is set up' : 'setting a connection up fails')
    case 'probe':
      return world.met(isLost ? 'a connection is lost while it is probed' : 'a probe finds a connection unhealthy')
    case 'reset':
      return world.met('a reset fails')
    case 'closeConnection':
      return world.met('closing a connection fails')
  }
}
