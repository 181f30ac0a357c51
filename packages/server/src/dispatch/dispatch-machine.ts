import { Histogram } from 'connpool'

import type { DispatchStats } from '../server-stats.ts'
import { AddressCounts } from './address-counts.ts'
import { ArrivalList } from './arrival-list.ts'
import type { PendingConnection } from './pending-connection.ts'
import { WorkerLedger } from './worker-ledger.ts'
import type { WorkerId, WorkerLoad } from './worker-load.ts'

export interface DispatchRules {
  /** Over all workers, with those who wait for one. */
  readonly maxClients: number
  /** As `maxClients`, from one address. `Infinity`: not limited. */
  readonly maxClientsPerAddress: number
  /** How many connections may wait for a worker. Those that a worker sent back come on top. */
  readonly overflowLimit: number
  /** How long one may wait for a worker. */
  readonly acceptTimeoutMs: number
}

export type DispatchRefusal =
  'too-many-clients' | 'too-many-from-address' | 'overloaded' | 'queue-full' | 'timeout' | 'draining'

/** What the dispatcher orders. Orders may bring about further events before they return. */
export interface DispatchEffects<C> {
  /** Sends it to the worker, which answers by `acknowledged` before it reads from it, or by `returned`. */
  handOver(connection: C, worker: WorkerId): void
  refuse(connection: C, reason: DispatchRefusal): void
}

/** More are on the way to no worker. */
const MOST_ON_THE_WAY = 2 ** 32

/**
 * Which worker process gets a connection, in two tiers. First, in turn, the workers with head-room: less than half of their
 * queue is used, and before all others those in which nobody waits. If there is none, the connection waits in the
 * overflow queue, from which workers that are under a quarter take, the emptiest first. If that is full, it is refused.
 * Nobody is overtaken: while some wait, it is the oldest of them who gets what a new one would have got.
 *
 * Who is on the way to a worker is still known here, and comes back if that dies; who has been acknowledged lives and
 * dies with it. So each connection is with one worker or none, and neither `maxClients` nor `maxClientsPerAddress` is ever
 * exceeded.
 *
 * Pure: time is an argument, in milliseconds.
 */
export class DispatchMachine<C extends PendingConnection<C>> {
  #rules: DispatchRules
  readonly #effects: DispatchEffects<C>
  readonly #workers = new Map<WorkerId, WorkerLedger<C>>()
  readonly #overflow = new ArrivalList<C>()
  readonly #addresses = new AddressCounts()
  readonly #waitTime = new Histogram()
  #waitedEver = 0
  #steals = 0
  /** Because no worker could take them. */
  #refused = 0
  #lastWorker: WorkerId = -1
  #isDraining = false
  #isOverloaded = false
  #isSettling = false

  constructor(rules: DispatchRules, effects: DispatchEffects<C>) {
    this.#rules = rules
    this.#effects = effects
  }

  /** All clients: in workers, on the way to them, and waiting for one. */
  get clients(): number {
    let clients = this.#overflow.length
    for (const worker of this.#workers.values()) clients += worker.clients
    return clients
  }

  /** Of those, how many come from this address. */
  clientsFrom(address: string): number {
    return this.#addresses.of(address)
  }

  /** When {@link passTime} has something to do: the first of those who wait has waited long enough. */
  get dueAt(): number {
    const { oldest } = this.#overflow
    return oldest === undefined ? Infinity : oldest.arrivedAt + this.#rules.acceptTimeoutMs
  }

  /** Nobody who has come in has to leave because of new rules. */
  setRules(rules: DispatchRules): void {
    this.#rules = rules
    // Workers do not report what nobody needs.
    if (rules.maxClientsPerAddress === Infinity) this.#addresses.forgetReports()
  }

  /** What the monitors say of this process: whoever comes is refused, those who wait are not. */
  setOverloaded(isOverloaded: boolean): void {
    this.#isOverloaded = isOverloaded
  }

  // --- connections ---

  /** A connection has been accepted. */
  arrived(connection: C, now: number): void {
    const { dispatchState } = connection
    if (dispatchState !== 'out') throw new Error(`bug: a connection arrives that is ${dispatchState}`)
    connection.arrivedAt = now
    if (this.#isDraining) return this.#refuse(connection, 'draining')
    const { maxClients, maxClientsPerAddress } = this.#rules
    if (this.#addresses.of(connection.address) >= maxClientsPerAddress) {
      return this.#refuse(connection, 'too-many-from-address')
    }
    if (this.#isOverloaded) return this.#refuse(connection, 'overloaded')
    if (this.clients >= maxClients) return this.#refuse(connection, 'too-many-clients')
    const worker = this.#nextWithHeadRoom()
    if (worker === undefined && this.#overflow.length >= this.#rules.overflowLimit) {
      return this.#refuse(connection, 'queue-full')
    }
    connection.dispatchState = 'waiting'
    this.#addresses.came(connection.address)
    this.#overflow.push(connection)
    if (worker !== undefined) this.#handOver(this.#overflow.oldest ?? connection, worker, now)
    this.#settle(now)
  }

  /** The worker has it: from now on it is one of its sessions. False: it is not on the way to that worker (any more). */
  acknowledged(connection: C, worker: WorkerId, now: number): boolean {
    const ledger = this.#workers.get(worker)
    if (ledger?.handedOver.has(connection) !== true) return false
    connection.dispatchState = 'out'
    ledger.acknowledged(connection)
    this.#addresses.acknowledged(connection.address, worker)
    this.#settle(now)
    return true
  }

  /**
   * It could not be sent, or the worker does not want it: it is the first of those who wait, and that worker gets no other
   * before it has reported. False: it is not on the way to that worker (any more).
   */
  returned(connection: C, worker: WorkerId, now: number): boolean {
    const ledger = this.#workers.get(worker)
    if (ledger?.handedOver.has(connection) !== true) return false
    ledger.returned(connection)
    this.#takeBack(connection)
    this.#settle(now)
    return true
  }

  /** Its client has gone. False: it does not wait here (any more). */
  left(connection: C): boolean {
    if (connection.dispatchState !== 'waiting') return false
    this.#goAway(connection)
    return true
  }

  /** Refuses those who have waited long enough. */
  passTime(now: number): void {
    for (let { oldest } = this.#overflow; oldest !== undefined && this.dueAt <= now; { oldest } = this.#overflow) {
      this.#goAway(oldest)
      this.#refuse(oldest, 'timeout')
    }
  }

  // --- workers ---

  /** A new worker is ready. */
  joined(worker: WorkerId, load: WorkerLoad, now: number): void {
    if (this.#workers.has(worker)) throw new Error(`bug: worker ${worker} joins twice`)
    this.#workers.set(worker, new WorkerLedger(load))
    this.#settle(now)
  }

  /** What one says that is not (or no longer) known is not heard. */
  reported(worker: WorkerId, load: WorkerLoad, now: number): void {
    const ledger = this.#workers.get(worker)
    if (ledger === undefined) return
    ledger.reported(load)
    this.#addresses.reported(worker, load.changedAddresses ?? {})
    this.#settle(now)
  }

  /** It gets nothing more; what it has goes on. */
  drainWorker(worker: WorkerId): void {
    const ledger = this.#workers.get(worker)
    if (ledger !== undefined) ledger.isDraining = true
  }

  /**
   * Its process is dead, and all it had said has been heard (its channel was read to the end: else one that it has already
   * read from would go to another). Its clients are gone; those on their way to it wait again, before all others.
   */
  died(worker: WorkerId, now: number): void {
    const ledger = this.#workers.get(worker)
    if (ledger === undefined) return
    this.#workers.delete(worker)
    this.#addresses.died(worker)
    for (const connection of [...ledger.handedOver].toReversed()) this.#takeBack(connection)
    this.#settle(now)
  }

  /** Whoever waits is refused, and whoever comes. */
  drain(): void {
    this.#isDraining = true
    for (let { oldest } = this.#overflow; oldest !== undefined; { oldest } = this.#overflow) {
      this.#goAway(oldest)
      this.#refuse(oldest, 'draining')
    }
  }

  stats(): Omit<DispatchStats, 'workerRestarts'> {
    return {
      overflowLength: this.#overflow.length,
      overflowLimit: this.#rules.overflowLimit,
      overflowWaitTime: this.#waitTime.snapshot(this.#waitedEver),
      steals: this.#steals,
      refused: this.#refused,
    }
  }

  // --- who gets what ---

  /** The only place where those who wait are given away for another reason than that one has come. */
  #settle(now: number): void {
    if (this.#isSettling) return
    this.#isSettling = true
    try {
      while (this.#hasStolenOne(now)) continue
    } finally {
      this.#isSettling = false
    }
  }

  #hasStolenOne(now: number): boolean {
    const { oldest } = this.#overflow
    const thief = oldest === undefined ? undefined : this.#hungriest()
    if (oldest === undefined || thief === undefined) return false
    this.#steals++
    this.#handOver(oldest, thief, now)
    return true
  }

  #handOver(connection: C, worker: WorkerId, now: number): void {
    this.#leaveOverflow(connection)
    const waitedMs = now - connection.arrivedAt
    if (waitedMs > 0) this.#waitTime.record(waitedMs)
    this.#waitedEver++
    connection.dispatchState = 'handed-over'
    this.#lastWorker = worker
    this.#workers.get(worker)?.handedOver.add(connection)
    this.#effects.handOver(connection, worker)
  }

  #takeBack(connection: C): void {
    connection.dispatchState = 'waiting'
    this.#overflow.unshift(connection)
    if (this.#isDraining) this.drain()
  }

  #goAway(connection: C): void {
    this.#leaveOverflow(connection)
    this.#addresses.went(connection.address)
  }

  #leaveOverflow(connection: C): void {
    connection.dispatchState = 'out'
    this.#overflow.remove(connection)
  }

  #refuse(connection: C, reason: DispatchRefusal): void {
    if (reason === 'queue-full' || reason === 'timeout') this.#refused++
    this.#effects.refuse(connection, reason)
  }

  /**
   * The next in turn after the one that got the last connection. One in which nobody waits comes before the others, and one
   * to which fewer are on their way before one to which more are: who does not answer gets nobody while others do.
   */
  #nextWithHeadRoom(): WorkerId | undefined {
    let best: WorkerId | undefined
    let bestRank = Infinity
    for (const [id, worker] of this.#workers) {
      const rank = rankOf(worker, id > this.#lastWorker)
      if (!worker.hasHeadRoom || rank > bestRank || (rank === bestRank && best !== undefined && id > best)) continue
      best = id
      bestRank = rank
    }
    return best
  }

  #hungriest(): WorkerId | undefined {
    let best: WorkerId | undefined
    let least = Infinity
    for (const [id, worker] of this.#workers) {
      if (!worker.isHungry || worker.fullness >= least) continue
      best = id
      least = worker.fullness
    }
    return best
  }
}

/** The least comes first. Among equals the least id counts: workers join in any order. */
function rankOf<C>(worker: WorkerLedger<C>, isAfterLast: boolean): number {
  return (worker.isIdle ? 0 : MOST_ON_THE_WAY) + worker.handedOver.size + (isAfterLast ? 0 : 0.5)
}
