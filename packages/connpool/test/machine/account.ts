/**
 * A bookkeeping apart from the machine's: what the effects told, and what was reported to the machine. The checks go by
 * this.
 */
import type { BreakerState } from '../../src/breaker/breaker-rule.ts'
import type { Entry } from '../../src/pool/entry.ts'
import type { Waiter } from '../../src/pool/waiter.ts'
import { CallerRecord, type ConnectionRecord, type Standing, type Thing } from './records.ts'
import { Tally } from './tally.ts'
import { violated } from './violation.ts'
import type { World } from './world.ts'

/** Deadlines that are missed by more than this were held up by a stalled loop. */
const LATE_MS = 20

export class Account {
  readonly world: World
  readonly tally: Tally = new Tally()
  readonly connections: ConnectionRecord[] = []
  readonly callers: CallerRecord[] = []
  now = 1_000
  armedFor = Infinity
  /** How many polls of pending I/O are under way. */
  polls = 0
  breaker: BreakerState = 'closed'
  /** The newest dial when the breaker last changed: those up to it began before. */
  oldUpTo = 0
  isolations = 0
  /** How many dials have failed, one way or another, since the last that succeeded. */
  failuresInARow = 0
  isPaused = false
  minSize: number
  maxSize: number
  warmTo = 0
  drainDeadline = Infinity
  isDraining = false
  isDrained = false
  eventNumber = 0
  /** How many effects this event had, arming aside. */
  effects = 0

  constructor(world: World) {
    this.world = world
    this.minSize = world.rules.minSize
    this.maxSize = world.rules.maxSize
  }

  connection(id: number): ConnectionRecord {
    return this.connections[id - 1] ?? violated('S3', `connection ${id} was never dialed`)
  }

  caller(number: number): CallerRecord {
    return this.callers[number - 1] ?? violated('S5', `caller ${number} never came`)
  }

  count(standing: ConnectionRecord['standing']): number {
    let count = 0
    for (const connection of this.connections) if (connection.standing === standing) count++
    return count
  }

  get present(): number {
    return this.connections.length - this.count('gone')
  }

  get total(): number {
    return this.count('resting') + this.count('examined') + this.count('leased')
  }

  get waiting(): number {
    let count = 0
    for (const caller of this.callers) if (caller.state === 'waiting') count++
    return count
  }

  get floor(): number {
    return Math.max(this.minSize, this.warmTo)
  }

  /** For one who comes now, or has just come. */
  get isQueueFull(): boolean {
    const last = this.callers.at(-1)
    const others = this.waiting - (last?.state === 'waiting' ? 1 : 0)
    const examinable = this.isPaused ? 0 : this.count('resting')
    return others >= this.world.rules.maxWaiting + Math.max(0, this.maxSize - this.total) + examinable
  }

  /** The loop was stalled, so that this deadline is not final yet. */
  isForgiven(deadline: number): boolean {
    return this.now > deadline + LATE_MS
  }

  callerOf(waiter: Waiter<Thing>): CallerRecord {
    for (const caller of this.callers) if (caller.waiter === waiter) return caller
    return violated('S5', 'somebody is answered who never asked')
  }

  /** The connection of this entry, which must stand as expected. */
  standing(entry: Entry<Thing>, expected: Standing): ConnectionRecord {
    const connection = this.connection(entry.id)
    if (connection.standing === expected) return connection
    return violated('S3', `${connection.name} is ${connection.standing}, expected ${expected}`)
  }

  /** Something is about to happen; unless the alarm is first, some time has passed. */
  begin(): void {
    this.eventNumber++
    this.effects = 0
    const later = this.now + this.world.stepMs
    if (later < this.armedFor) this.now = later
  }

  /** The machine has told something. */
  told(): void {
    this.effects++
    if (this.isDrained) violated('S19', 'it does something after it has drained')
  }

  arrives(waiter: Waiter<Thing>): CallerRecord {
    const { timeoutsMs } = this.world
    waiter.since = this.now
    waiter.timeoutMs = timeoutsMs[this.callers.length % timeoutsMs.length] ?? Infinity
    const caller = new CallerRecord(this.callers.length + 1, waiter)
    this.callers.push(caller)
    return caller
  }

  rests(connection: ConnectionRecord): void {
    connection.become('resting', this.now)
    connection.idleSince = this.now
    connection.provenAt = this.now
    connection.seenAt = this.now
  }

  isProven(connection: ConnectionRecord): void {
    connection.provenAt = this.now
    connection.seenAt = this.now
    connection.provenIn = this.eventNumber
  }
}
