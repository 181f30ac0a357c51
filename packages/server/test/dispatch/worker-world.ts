import { SeededRandom } from 'connpool/testing'

import { DispatchMachine } from '../../src/dispatch/dispatch-machine.ts'
import type { WorkerId, WorkerLoad } from '../../src/dispatch/worker-load.ts'
import { FakePending } from './fake-pending.ts'
import { VirtualTime } from './virtual-time.ts'

export interface WorldPlan {
  readonly seed: number
  readonly workers: number
  /** What each worker serves at once, and how long one takes on average. */
  readonly slots: number
  readonly serviceMs: number
  /** Arrivals as a multiple of what all workers can serve. */
  readonly load: number
  readonly queueLimit: number
  readonly maxClients: number
  readonly maxClientsPerAddress: number
  readonly overflowLimit: number
  readonly deathEveryMs: number
  readonly messageMs: number
  readonly forMs: number
}

const REPORT_EVERY_MS = 5
const RESTART_MS = 50
const REFUSES_RATIO = 0.01
const ADDRESSES = ['a', 'b', 'c'] as const

/** A process: what it has, and what it has said that has not arrived yet. */
class World {
  readonly id: WorkerId
  readonly waiting: FakePending[] = []
  readonly serving = new Set<FakePending>()
  isAlive = true
  /** Messages are not overtaken. */
  readonly lastAt = { to: 0, from: 0 }
  /** What the primary knows by now, kept by hand. */
  known = { waiting: 0, sessions: 0 }
  readonly onTheWay = new Set<FakePending>()
  acknowledgedSince = 0
  hasReturned = false
  /** Its clients by address, as it has reported them. */
  said: Readonly<Record<string, number>> = {}

  constructor(id: WorkerId) {
    this.id = id
  }

  get sessions(): number {
    return this.isAlive ? this.waiting.length + this.serving.size : 0
  }

  /** By address, where their number is another than it was when this was called last. */
  takeChanges(): Record<string, number> {
    const now = byAddress([...this.waiting, ...this.serving])
    const changes = Object.entries(now).filter(([address, count]) => count !== (this.said[address] ?? 0))
    this.said = now
    return Object.fromEntries(changes)
  }
}

/** A primary with worker processes that die, and messages that take their time. After every event all promises are checked. */
export class WorkerWorld {
  readonly connections: FakePending[] = []
  /** For how long some worker had nothing to do while connections waited for a worker. */
  idleMs = 0
  readonly machine: DispatchMachine<FakePending>
  readonly #plan: WorldPlan
  readonly #random: SeededRandom
  readonly #time = new VirtualTime()
  readonly #workers = new Map<WorkerId, World>()
  readonly #transit = new Set<FakePending>()
  readonly #clients = new Set<FakePending>()
  #nextWorker = 0
  #returned = 0

  constructor(plan: WorldPlan) {
    this.#plan = plan
    this.#random = new SeededRandom(plan.seed)
    this.machine = new DispatchMachine<FakePending>(
      {
        maxClients: plan.maxClients,
        maxClientsPerAddress: plan.maxClientsPerAddress,
        overflowLimit: plan.overflowLimit,
        acceptTimeoutMs: 500,
      },
      {
        handOver: (connection, worker) => this.#send(connection, worker),
        refuse: (connection, reason) => connection.ends(reason),
      },
    )
    for (let worker = 0; worker < plan.workers; worker++) this.#start(0)
    this.#arrive(0)
    if (plan.deathEveryMs < Infinity) this.#killSome(0)
    this.#time.run((from, to) => this.#watch(from, to))
  }

  count(ending: string): number {
    return this.connections.filter((connection) => connection.ending === ending).length
  }

  #arrive(now: number): void {
    const { forMs, serviceMs, workers, slots, load } = this.#plan
    if (now >= forMs) return
    // Half of them come in bursts.
    const burst = this.#random.chance(0.05) ? this.#random.whole(5, 35) : 1
    const gap = (this.#draw() * serviceMs * burst) / (workers * slots * load)
    this.#time.at(now + gap, (then) => {
      for (let each = 0; each < burst; each++) this.#come(then)
      this.#arrive(then)
    })
  }

  #come(now: number): void {
    const address = ADDRESSES[this.#random.whole(0, ADDRESSES.length - 1)]
    const connection = new FakePending(this.connections.length, address)
    this.connections.push(connection)
    this.#clients.add(connection)
    this.#event(now, () => this.machine.arrived(connection, now))
    if (this.machine.dueAt < Infinity) {
      this.#time.at(this.machine.dueAt, (then) => this.#event(then, () => this.machine.passTime(then)))
    }
    this.#time.at(now + 500, (then) => this.#event(then, () => this.machine.passTime(then)))
  }

  // --- workers ---

  #start(now: number): void {
    const world = new World(this.#nextWorker++)
    this.#workers.set(world.id, world)
    this.#event(now, () => this.machine.joined(world.id, this.#loadOf(world), now))
    this.#reportForEver(world, now)
  }

  #killSome(now: number): void {
    const { deathEveryMs, forMs } = this.#plan
    this.#time.at(now + this.#draw() * deathEveryMs, (then) => {
      if (then > forMs) return
      const alive = [...this.#workers.values()].filter(({ isAlive }) => isAlive)
      const victim = alive[this.#random.whole(0, alive.length - 1)]
      if (victim !== undefined) this.#kill(victim)
      this.#killSome(then)
    })
  }

  #kill(world: World): void {
    world.isAlive = false
    for (const connection of [...world.waiting, ...world.serving]) connection.ends('lost')
    // The primary hears of it when it has heard all that was said before.
    this.#message(world, 'from', (then) => {
      this.#workers.delete(world.id)
      this.#returned += world.onTheWay.size
      this.#event(then, () => this.machine.died(world.id, then))
      this.#time.at(then + RESTART_MS, (later) => this.#start(later))
    })
  }

  #send(connection: FakePending, id: WorkerId): void {
    const world = this.#workers.get(id)
    if (world === undefined) throw new Error(`connection ${connection.id} is sent to worker ${id}, which is dead`)
    world.onTheWay.add(connection)
    this.#transit.add(connection)
    this.#message(world, 'to', (now) => {
      if (this.#random.chance(REFUSES_RATIO)) return this.#sendBack(world, connection)
      world.waiting.push(connection)
      this.#message(world, 'from', (then) => {
        if (this.#workers.has(world.id)) {
          world.onTheWay.delete(connection)
          world.acknowledgedSince++
        }
        this.#event(then, () => this.machine.acknowledged(connection, world.id, then))
      })
      this.#transit.delete(connection)
      this.#serve(world, now)
    })
  }

  #sendBack(world: World, connection: FakePending): void {
    this.#message(world, 'from', (now) => {
      if (!this.#workers.has(world.id)) return
      world.onTheWay.delete(connection)
      world.hasReturned = true
      this.#returned++
      this.#transit.delete(connection)
      this.#event(now, () => this.machine.returned(connection, world.id, now))
    })
  }

  #serve(world: World, now: number): void {
    while (world.serving.size < this.#plan.slots) {
      const connection = world.waiting.shift()
      if (connection === undefined) return
      world.serving.add(connection)
      this.#time.at(now + this.#draw() * this.#plan.serviceMs, (then) => {
        if (!world.isAlive) return
        connection.ends('served')
        world.serving.delete(connection)
        this.#serve(world, then)
      })
    }
  }

  #reportForEver(world: World, now: number): void {
    if (!world.isAlive || (now > this.#plan.forMs + 2_000 && this.machine.clients === 0)) return
    const load = { ...this.#loadOf(world), changedAddresses: world.takeChanges() }
    this.#message(world, 'from', (then) => {
      world.known = load
      world.acknowledgedSince = 0
      world.hasReturned = false
      this.#event(then, () => this.machine.reported(world.id, load, then))
    })
    this.#time.at(now + REPORT_EVERY_MS, (then) => this.#reportForEver(world, then))
  }

  #loadOf(world: World): WorkerLoad {
    const { queueLimit, maxClients } = this.#plan
    return { waiting: world.waiting.length, limit: queueLimit, sessions: world.sessions, maxSessions: maxClients }
  }

  /** What the dead were sent is lost; what they said before may still arrive. */
  #message(world: World, way: 'to' | 'from', deliver: (now: number) => void): void {
    const at = Math.max(world.lastAt[way], this.#time.now + this.#draw() * this.#plan.messageMs)
    world.lastAt[way] = at
    this.#time.at(at, (now) => {
      if (way === 'from' || world.isAlive) deliver(now)
    })
  }

  #draw(): number {
    return -Math.log(1 - this.#random.next())
  }

  // --- promises ---

  #event(now: number, act: () => unknown): void {
    act()
    const { maxClients, overflowLimit, queueLimit } = this.#plan
    const { overflowLength } = this.machine.stats()
    let clients = overflowLength
    for (const world of this.#workers.values()) {
      clients += world.sessions
      for (const connection of world.onTheWay) if (this.#transit.has(connection)) clients++
      const used = world.known.waiting + world.onTheWay.size
      const mayTake =
        !world.hasReturned && world.known.sessions + world.acknowledgedSince + world.onTheWay.size < maxClients
      if (overflowLength > 0 && mayTake && used < queueLimit / 4) fail(now, `worker ${world.id} is hungry in vain`)
    }
    this.#checkAddresses(now)
    if (clients > maxClients) fail(now, `${clients} clients`)
    if (clients > this.machine.clients) fail(now, `${clients} clients, but it knows of ${this.machine.clients}`)
    if (overflowLength > overflowLimit + this.#returned) fail(now, `${overflowLength} wait`)
  }

  #checkAddresses(now: number): void {
    for (const client of this.#clients) if (client.ending !== undefined) this.#clients.delete(client)
    const counts = byAddress(this.#clients)
    for (const [address, count] of Object.entries(counts)) {
      const known = this.machine.clientsFrom(address)
      if (count > this.#plan.maxClientsPerAddress) fail(now, `${count} clients from ${address}`)
      if (count > known) fail(now, `${count} clients from ${address}, but it knows of ${known}`)
    }
  }

  #watch(from: number, to: number): void {
    if (this.machine.stats().overflowLength === 0) return
    for (const world of this.#workers.values()) if (world.isAlive && world.sessions === 0) this.idleMs += to - from
  }
}

function byAddress(clients: Iterable<FakePending>): Record<string, number> {
  const counts: Record<string, number> = Object.fromEntries(ADDRESSES.map((address) => [address, 0]))
  for (const { address = '' } of clients) counts[address] = (counts[address] ?? 0) + 1
  return counts
}

function fail(now: number, what: string): never {
  throw new Error(`at ${now}: ${what}`)
}
