import { SeededRandom } from 'connpool/testing'

import { ShareMachine } from '../../src/dispatch/share-machine.ts'
import type { WorkerId } from '../../src/dispatch/worker-load.ts'
import { VirtualTime } from './virtual-time.ts'

export interface ShareWorldPlan {
  readonly seed: number
  readonly workers: number
  readonly limit: number
  /** How much a worker could use at a time; `seat` is its place among those that live. */
  readonly demand: (seat: number, now: number, random: SeededRandom) => number
  readonly deathEveryMs: number
  readonly messageMs: number
  /** How long a lease lasts at most: a connection that is lent is not closed before. */
  readonly leaseMs: number
  readonly forMs: number
}

const REPORT_EVERY_MS = 50
const RESTART_MS = 100

/** A process with its connections. It opens as many as it needs and may, and closes what is too much when it comes back. */
class Worker {
  readonly id: WorkerId
  readonly seat: number
  share = 0
  order = 0
  /** Of each connection, until when it is lent. */
  readonly connections: number[] = []
  demand = 0
  isAlive = true
  readonly lastAt = { to: 0, from: 0 }

  constructor(id: WorkerId, seat: number) {
    this.id = id
    this.seat = seat
  }
}

/** A primary that hands out shares to workers, which take their time, and die. The connections are counted where they are. */
export class ShareWorld {
  readonly machine: ShareMachine
  /** How many orders were given, by quarters of a second. */
  readonly orders: number[] = []
  most = 0
  readonly workers = new Map<WorkerId, Worker>()
  readonly #plan: ShareWorldPlan
  readonly #random: SeededRandom
  readonly #time = new VirtualTime()
  #nextId = 0

  constructor(plan: ShareWorldPlan) {
    this.#plan = plan
    this.#random = new SeededRandom(plan.seed)
    this.machine = new ShareMachine(plan.limit, {
      grant: (worker, share, order) => this.#grant(worker, share, order),
    })
    for (let seat = 0; seat < plan.workers; seat++) this.#start(seat)
    if (plan.deathEveryMs < Infinity) this.#killSome()
    this.#time.run()
  }

  /** What those who live have, by seat. */
  get shares(): number[] {
    return [...this.workers.values()]
      .toSorted((one, other) => one.seat - other.seat)
      .map(({ id }) => this.machine.shareOf(id))
  }

  #start(seat: number): void {
    const worker = new Worker(this.#nextId++, seat)
    this.workers.set(worker.id, worker)
    this.#event(() => this.machine.joined(worker.id, this.#time.now))
    this.#live(worker)
  }

  #live(worker: Worker): void {
    const { now } = this.#time
    if (!worker.isAlive || now > this.#plan.forMs) return
    worker.demand = this.#plan.demand(worker.seat, now, this.#random)
    const { demand } = worker
    this.#use(worker)
    this.#message(worker, 'from', () => this.#event(() => this.machine.reported(worker.id, demand, this.#time.now)))
    this.#time.at(now + REPORT_EVERY_MS, () => this.#live(worker))
  }

  #grant(id: WorkerId, share: number, order: number): void {
    const worker = this.workers.get(id)
    if (worker === undefined) throw new Error(`worker ${id} is dead, and gets an order`)
    const quarter = Math.floor(this.#time.now / 250)
    this.orders[quarter] = (this.orders[quarter] ?? 0) + 1
    this.#message(worker, 'to', () => {
      if (order <= worker.order) throw new Error(`worker ${id} gets order ${order} after ${worker.order}`)
      worker.share = share
      worker.order = order
      this.#use(worker)
      this.#confirm(worker, order)
    })
  }

  #confirm(worker: Worker, order: number): void {
    if (!worker.isAlive || worker.order !== order) return
    this.#use(worker)
    if (worker.connections.length > worker.share) {
      this.#time.at(this.#time.now + 5, () => this.#confirm(worker, order))
      return
    }
    this.#message(worker, 'from', () => this.#event(() => this.machine.confirmed(worker.id, order, this.#time.now)))
  }

  /** Opens what it may and needs; closes what is too much and not lent. */
  #use({ connections, demand, share }: Worker): void {
    const { now } = this.#time
    const mayClose = connections.filter((lentUntil) => lentUntil <= now)
    for (const lentUntil of mayClose.slice(0, Math.max(0, connections.length - share))) {
      connections.splice(connections.indexOf(lentUntil), 1)
    }
    while (connections.length < Math.min(demand, share)) {
      connections.push(now + this.#random.next() * this.#plan.leaseMs)
    }
    this.#count()
  }

  #killSome(): void {
    const at = this.#time.now - Math.log(1 - this.#random.next()) * this.#plan.deathEveryMs
    this.#time.at(at, () => {
      if (at > this.#plan.forMs / 2) return
      const victim = [...this.workers.values()].find(({ isAlive }) => isAlive)
      if (victim !== undefined) this.#kill(victim)
      this.#killSome()
    })
  }

  #kill(worker: Worker): void {
    worker.isAlive = false
    // Its connections are closed by the system before its parent hears of its end.
    worker.connections.length = 0
    this.#message(worker, 'from', () => {
      this.workers.delete(worker.id)
      this.#event(() => this.machine.died(worker.id, this.#time.now))
      this.#time.at(this.#time.now + RESTART_MS, () => this.#start(worker.seat))
    })
  }

  #message(worker: Worker, way: 'to' | 'from', deliver: () => void): void {
    const at = Math.max(worker.lastAt[way], this.#time.now - Math.log(1 - this.#random.next()) * this.#plan.messageMs)
    worker.lastAt[way] = at
    this.#time.at(at, () => {
      if (way === 'from' || worker.isAlive) deliver()
    })
  }

  #event(act: () => void): void {
    act()
    if (this.machine.reserved > this.#plan.limit) throw new Error(`${this.machine.reserved} slots are reserved`)
    for (const { id } of this.workers.values()) {
      if (this.machine.shareOf(id) < 0) throw new Error(`worker ${id} has less than nothing`)
    }
    this.#count()
  }

  #count(): void {
    let open = 0
    for (const { connections } of this.workers.values()) open += connections.length
    if (open > this.#plan.limit) throw new Error(`at ${this.#time.now}: ${open} connections are open`)
    this.most = Math.max(this.most, open)
  }
}
