/** What may happen in a step of a life's first phase, other than callers' own doings. */
import type { Admission, SimulatedConnection } from '../../src/testing.ts'
import type { ActionName } from './action-names.ts'
import type { Callers } from './callers.ts'
import { closePool, destroyPool } from './ending.ts'
import { must } from './violation.ts'
import type { World } from './world.ts'

type Action = (world: World, callers: Callers) => void

export function drawAction(world: World): ActionName {
  const { weights } = world.plan
  let draw = world.random.next() * weights.reduce((sum, { weight }) => sum + weight, 0)
  for (const { action, weight } of weights) {
    draw -= weight
    if (draw < 0) return action
  }
  return 'acquire'
}

export const ACTIONS: Record<ActionName, Action> = {
  acquire: (_world, callers) => callers.ask('acquire'),
  use: (_world, callers) => callers.ask('use'),
  try: (_world, callers) => callers.ask('try'),
  pin: (world, callers) => callers.ask(world.plan.mayPin ? 'pin' : 'use'),
  crowd: (world, callers) => {
    for (let count = world.random.whole(2, 8); count > 0; count--) callers.ask(world.random.pick(['acquire', 'use']))
  },
  'abort one': (_world, callers) => callers.abortOne(),
  'abort together': (_world, callers) => callers.abortTogether(),
  'return and abort': (_world, callers) => callers.returnAndAbort(),

  warm: (world) => warm(world, world.random.whole(1, world.maxSize)),
  ready: (world) => warm(world, 'minSize'),
  resize,
  clear,
  pause,
  explain,
  close: (world) => closePool(world, world.random.pick([0, 50, 1_000, Infinity])),
  destroy: (world) => destroyPool(world),

  kill: (world) =>
    trouble(
      world,
      'the server dies',
      () => world.server.kill(),
      () => world.server.restart(),
    ),
  refuse: (world) => admit(world, 'refuse'),
  ignore: (world) => admit(world, 'ignore'),
  'end on accept': (world) => admit(world, 'accept-then-end'),
  'reset on accept': (world) => admit(world, 'accept-then-reset'),
  freeze: (world) => {
    world.met('the server is frozen')
    world.isServerBusy = true
    trouble(
      world,
      'the server freezes',
      () => world.server.freeze(),
      () => world.server.thaw(),
    )
  },
  cut: (world) => {
    world.met('the network is cut')
    world.isServerBusy = true
    trouble(
      world,
      'the network is cut',
      () => world.server.cut(),
      () => world.server.heal(),
    )
  },
  'end one': (world) => toOne(world, 'is ended by the server', (connection) => connection.end()),
  'reset one': (world) => toOne(world, 'is reset by the server', (connection) => connection.reset()),
  'end all': (world) => {
    world.tell('the server ends all connections')
    world.server.endAll()
  },
  noise: (world) => toOne(world, 'is sent noise', (connection) => connection.send('!noise\n')),
  slow: (world) => {
    const leastMs = world.random.pick([0, 2, 30])
    world.server.latency = { leastMs, mostMs: leastMs + world.random.whole(0, 10) }
  },

  stall: (world) => {
    const ms = world.random.pick([5, 30, 150, 600, 3_000])
    world.tell(`the process stalls for ${ms} ms`)
    const isLong = ms >= 100 && world.ledger.waiting.size > 0
    if (isLong) world.met('a hundred milliseconds of stall pass while a caller waits')
    world.stall(ms)
  },
  /** As after a laptop was closed for a while: much has happened to the connections, and nobody has seen it yet. */
  'wake up': (world, callers) => {
    const rough = world.random.pick(['noise', 'end one', 'reset one', 'end all'] as const)
    ACTIONS[rough](world, callers)
    const ms = world.random.pick([1_200, 4_000])
    world.tell(`the process stalls for ${ms} ms`)
    world.stall(ms)
    callers.ask('acquire')
  },
  'idle long': (world) => {
    world.idleMs = world.random.pick([200, 1_100, 6_000])
  },
}

function warm(world: World, count: number | 'minSize'): void {
  const controller = world.random.chance(0.3) ? new AbortController() : undefined
  const key = Symbol('warm-up')
  world.warming.set(key, count === 'minSize' ? world.minSize : count)
  world.tell(`warm to ${count}`)
  const options = controller && { signal: controller.signal }
  const asked = count === 'minSize' ? world.pool.ready(options) : world.pool.warm(count, options)
  asked
    .then(
      () => world.met(count === 'minSize' ? 'the pool is ready' : 'the pool warms up'),
      () => world.met('warming up fails'),
    )
    .finally(() => world.warming.delete(key))
    .catch((error: unknown) => world.fail(error))
  const leave = (): void => controller?.abort(new Error('left'))
  if (controller !== undefined) void world.sleep(world.random.whole(0, 50)).then(leave)
}

function resize(world: World): void {
  const maxSize = world.random.whole(1, 6)
  const minSize = world.random.whole(0, maxSize)
  if (world.ledger.held.size > maxSize) world.met('the pool shrinks below what is leased')
  world.tell(`resize to ${minSize}..${maxSize}`)
  world.allowance = Math.max(world.allowance, world.maxSize, maxSize)
  world.minSize = minSize
  world.maxSize = maxSize
  world.largestMaxSize = Math.max(world.largestMaxSize, maxSize)
  world.pool.resize({ minSize, maxSize })
}

function clear(world: World): void {
  world.tell('clear')
  if (world.ledger.held.size > 0) world.met('connections are cleared while some are leased')
  const open = [...world.ledger.present].filter((record) => record.isReady)
  for (const record of open) record.clearedAt = Math.min(record.clearedAt, world.now)
  world.pool.clear()
}

function pause(world: World): void {
  world.tell('pause')
  world.pool.pause()
  world.pausedAt ??= world.now
  if (world.ledger.waiting.size > 0) world.met('the pool is paused while callers wait')
  void world.sleep(world.random.whole(1, 150)).then(() => resume(world))
}

export function resume(world: World): void {
  if (!world.isPaused) return
  world.tell('resume')
  world.pausedAt = undefined
  world.pool.resume()
}

function explain(world: World): void {
  const { waiters, holders, summary } = world.pool.explain()
  const stats = world.pool.stats()
  must('S17', waiters.length === stats.waiting, () => `${waiters.length} waiters are explained, of ${stats.waiting}`)
  must('S17', holders.length === stats.leased, () => `${holders.length} holders are explained, of ${stats.leased}`)
  must('S17', summary.length > 0, () => 'nothing is explained')
}

function admit(world: World, admission: Admission): void {
  trouble(
    world,
    `the server will ${admission}`,
    () => {
      world.server.admission = admission
      if (admission.startsWith('accept')) world.met('a server accepts and leaves')
    },
    () => world.server.restart(),
  )
}

/** Trouble begins, and ends by itself after a while. */
function trouble(world: World, name: string, begin: () => void, end: () => void): void {
  world.tell(name)
  begin()
  const ms = world.random.pick([5, 50, 300, 1_000])
  world.simulation.clock.elsewhereAt(world.now + ms, () => {
    world.tell(`no longer: ${name}`)
    end()
  })
}

function toOne(world: World, what: string, make: (connection: SimulatedConnection) => void): void {
  const [first, ...others] = world.server.connections
  if (first === undefined) return
  const connection = world.random.pick([first, ...others])
  const record = [...world.ledger.present].find((each) => each.socket?.id === connection.id)
  world.tell(`connection ${connection.id} ${what}`)
  if (record !== undefined && what === 'is sent noise') record.isTainted = true
  if (record?.isReady === true && record.tenancy?.isLive !== true && record.goingSince === undefined) {
    if (what === 'is ended by the server') world.met('the server ends an idle connection')
    if (what === 'is reset by the server') world.met('the server breaks an idle connection')
  } else if (record?.tenancy?.isLive === true && what !== 'is sent noise') {
    world.met('a connection is lost while it is leased')
  }
  make(connection)
}
