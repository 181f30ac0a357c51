/**
 * What really happened, written down by those it happened to: the dialer, the hooks, the sockets, the callers. The pool
 * is never asked, so that its own numbers can be compared with these.
 */
import type { SimulatedSocket } from '../../src/testing.ts'
import { Caller, type CallerFacts } from './caller-record.ts'
import { ConnectionRecord } from './connection-record.ts'
import type { LeaseUnderTest } from './pool-under-test.ts'
import { Tenancy } from './tenancy.ts'

export interface Totals {
  acquired: number
  /** Leases that were not the first of their connection. */
  reused: number
  released: number
  /** Of those, leases whose connection had been lost before. */
  releasedLost: number
  discarded: number
  lateReleases: number
  timeouts: number
  dials: number
  dialsFailed: number
  dialsSucceeded: number
  probes: number
  detached: number
  /** By the holders' word, of connections that were not lost before. */
  closedAsDiscarded: number
  closedAsDropped: number
  closedAsTakenBack: number
  observerThrows: number
}

export class Ledger {
  readonly connections: ConnectionRecord[] = []
  readonly callers: Caller[] = []
  readonly tenancies: Tenancy[] = []
  /** Only those that matter now: live tenancies, callers who wait, connections not yet gone. */
  readonly waiting = new Set<Caller>()
  readonly held = new Set<Tenancy>()
  readonly present = new Set<ConnectionRecord>()
  readonly totals: Totals = {
    acquired: 0,
    reused: 0,
    released: 0,
    releasedLost: 0,
    discarded: 0,
    lateReleases: 0,
    timeouts: 0,
    dials: 0,
    dialsFailed: 0,
    dialsSucceeded: 0,
    probes: 0,
    detached: 0,
    closedAsDiscarded: 0,
    closedAsDropped: 0,
    closedAsTakenBack: 0,
    observerThrows: 0,
  }
  /** Failed dials since the last that succeeded, and everything else that may be held against the endpoint. */
  failuresInARow = 0
  /** Since when dials have failed, as far as the last one did. */
  dialErrorSince: number | undefined = undefined
  /** Dials in a row that failed, or whose connection the server took away before anybody had used it. */
  inVain = 0
  /** When dials began of late, while there has been nothing but trouble. */
  dialsInTrouble: readonly number[] = []
  /** The highest number of a caller who waited and was served. */
  lastServed = 0
  /** When a dial last failed, or a connection was last lost before anybody had used it. */
  lastTroubleAt = -Infinity
  /** How many of those there were in all, and how many are forgiven since a connection came back well. */
  #troubles = 0
  #forgiven = 0
  readonly #bySocket = new WeakMap<SimulatedSocket, ConnectionRecord>()
  readonly #now: () => number
  readonly #threshold: number
  /** Dials that began up to then did so before the endpoint last counted as down: that they succeed proves nothing. */
  #oldUntil = -Infinity

  /** `threshold`: as many failures in a row as open the breaker. */
  constructor(now: () => number, threshold: number) {
    this.#now = now
    this.#threshold = threshold
  }

  /** How many troubles may still be held against the endpoint. */
  get troubles(): number {
    return this.#troubles - this.#forgiven
  }

  dialStarted(signal: AbortSignal): ConnectionRecord {
    const record = new ConnectionRecord(++this.totals.dials, signal, this.#now())
    this.connections.push(record)
    this.present.add(record)
    return record
  }

  dialSucceeded(record: ConnectionRecord, socket: SimulatedSocket): void {
    record.dial = 'succeeded'
    record.socket = socket
    this.#bySocket.set(socket, record)
    this.#watchEnd(record, socket)
    socket.once('close', () => {
      if (record.lentCount === 0) this.lostUnused(record)
      if (record.tenancy?.isLive === true) this.#closed(record.tenancy)
    })
  }

  /** What a holder does to its connection is not the pool's closing of it. */
  #noteEndOf(record: ConnectionRecord): void {
    if (record.tenancy?.isLive === true || record.endedAt !== undefined) return
    record.endedAt = this.#now()
    if (record.lentCount === 0) this.inVain = record.socket?.isLost === true ? this.inVain + 1 : 0
  }

  /** By overriding, since a listener would come too late to tell when. */
  #watchEnd(record: ConnectionRecord, socket: SimulatedSocket): void {
    const destroy = socket.destroy.bind(socket)
    socket.destroy = (error) => {
      this.#noteEndOf(record)
      return destroy(error)
    }
    const end = socket.end.bind(socket)
    socket.end = (...parts: []) => {
      this.#noteEndOf(record)
      return end(...parts)
    }
  }

  /** Dials are paced after that, as after a failure. */
  lostUnused(record: ConnectionRecord): void {
    if (record.isLostUnused) return
    record.isLostUnused = true
    this.lastTroubleAt = Math.max(this.lastTroubleAt, record.goingSince ?? this.#now())
    this.#troubles++
  }

  dialFailed(record: ConnectionRecord): void {
    record.dial = 'failed'
    if (record.givenUpAt === undefined) this.noteFailure()
  }

  /** Anything that a breaker may count against the endpoint. */
  noteFailure(): void {
    this.totals.dialsFailed++
    this.failuresInARow++
    if (this.failuresInARow >= this.#threshold) this.#oldUntil = this.#now()
    this.dialErrorSince ??= this.#now()
    this.inVain++
    this.lastTroubleAt = this.#now()
    this.#troubles++
  }

  ready(record: ConnectionRecord): void {
    record.isReady = true
    record.readyAt = this.#now()
    this.totals.dialsSucceeded++
    if (record.startedAt > this.#oldUntil) this.failuresInARow = 0
    this.dialErrorSince = undefined
  }

  connectionOf(socket: SimulatedSocket): ConnectionRecord | undefined {
    return this.#bySocket.get(socket)
  }

  called(facts: CallerFacts): Caller {
    const { dialsFailed: failed, dialsSucceeded: succeeded } = this.totals
    const caller = new Caller(this.callers.length + 1, facts, { failed, succeeded }, this.#now())
    this.callers.push(caller)
    this.waiting.add(caller)
    return caller
  }

  served(caller: Caller): void {
    this.#settled(caller, 'served')
    this.totals.acquired++
    const hadToQueue = caller.facts.kind !== 'try' && !caller.isFromObserver
    if (hadToQueue) this.lastServed = Math.max(this.lastServed, caller.number)
  }

  /** The pool was destroyed before the caller heard that it had been served. */
  servedTooLate(caller: Caller): void {
    this.served(caller)
    this.totals.closedAsTakenBack++
  }

  refused(caller: Caller): void {
    this.#settled(caller, 'refused')
  }

  /** The caller has the connection now. */
  lent(caller: Caller, connection: ConnectionRecord, lease: LeaseUnderTest, decidedAt: number): Tenancy {
    const tenancy = new Tenancy(caller, connection, lease, { now: this.#now(), decidedAt })
    this.tenancies.push(tenancy)
    this.held.add(tenancy)
    connection.tenancy = tenancy
    this.inVain = 0
    if (connection.lentCount > 0) this.#lentAgain(connection)
    connection.lentCount++
    if (connection.socket?.closed === true) this.#closed(tenancy)
    return tenancy
  }

  /** The holder gave it back, in one of the ways there are. */
  returned(tenancy: Tenancy, how: 'released' | 'discarded' | 'dropped'): void {
    this.#countReturn(tenancy, how)
    this.#ended(tenancy, how)
  }

  #lentAgain(connection: ConnectionRecord): void {
    this.totals.reused++
    this.#forgiven = Math.max(this.#forgiven, connection.troublesAtReturn)
  }

  #countReturn({ isLost }: Tenancy, how: 'released' | 'discarded' | 'dropped'): void {
    if (how === 'released') this.totals.released++
    else this.totals.discarded++
    if (isLost && how === 'released') this.totals.releasedLost++
    if (!isLost && how === 'discarded') this.totals.closedAsDiscarded++
    if (!isLost && how === 'dropped') this.totals.closedAsDropped++
  }

  detached(tenancy: Tenancy): void {
    if (!tenancy.isLost) {
      this.totals.detached++
      tenancy.connection.isDetached = true
    }
    this.#ended(tenancy, 'detached')
  }

  takenBack(tenancy: Tenancy): void {
    this.totals.closedAsTakenBack++
    this.#ended(tenancy, 'taken-back')
  }

  wasTakenBackInstead({ end }: Tenancy): void {
    this.totals.closedAsTakenBack++
    if (end === 'released') this.totals.released--
    if (end !== 'discarded') return
    this.totals.discarded--
    this.totals.closedAsDiscarded--
  }

  #ended(tenancy: Tenancy, how: Tenancy['end']): void {
    tenancy.end = how
    tenancy.connection.returnedAt = this.#now()
    tenancy.connection.troublesAtReturn = this.#troubles
    if (tenancy.connection.socket?.writableEnded === true) tenancy.connection.endedAt ??= this.#now()
    this.held.delete(tenancy)
  }

  /** Either the pool has taken the lease back and closed the connection, or it was lost. */
  #closed(tenancy: Tenancy): void {
    if (tenancy.isRevoked) return
    tenancy.isLost = true
    this.held.delete(tenancy)
  }

  #settled(caller: Caller, state: 'served' | 'refused'): void {
    caller.state = state
    caller.settledAt = this.#now()
    this.waiting.delete(caller)
  }
}
