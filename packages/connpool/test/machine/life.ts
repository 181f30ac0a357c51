/**
 * One life of a pool's rules: the machine, and an account that is kept of it. Events are reported as the shell does it,
 * fast paths included.
 */
import type { Entry } from '../../src/pool/entry.ts'
import { PoolMachine } from '../../src/pool/pool-machine.ts'
import { promiseOfLease, takeWaiter } from '../../src/pool/waiter.ts'
import { Account } from './account.ts'
import { type Haste, lend } from './lending.ts'
import type { CallerRecord, ConnectionRecord, Thing } from './records.ts'
import { violated } from './violation.ts'
import { WatchedEffects } from './watched-effects.ts'
import type { World } from './world.ts'

export class Life {
  readonly account: Account
  readonly machine: PoolMachine<Thing>
  /** What happened beyond the story, to see it to its end. */
  readonly epilogue: string[] = []

  constructor(world: World) {
    this.account = new Account(world)
    this.machine = new PoolMachine<Thing>(world.rules, new WatchedEffects(this.account))
    this.machine.look(this.now)
  }

  get now(): number {
    return this.account.now
  }

  // --- callers' doings, as the shell reports them ---

  acquire(): void {
    const caller = this.#arrive()
    const { machine, now } = this
    const haste = caller.waiter.timeoutMs === 0 ? 'great' : 'none'
    const entry = machine.takeAtOnce(now) ?? (machine.hasIdle ? machine.take(haste === 'great', now) : undefined)
    if (entry !== undefined) return this.#lentAtOnce(entry, caller, haste)
    const isFull = this.account.isQueueFull
    caller.state = 'waiting'
    if (!machine.queued(caller.waiter, now)) machine.acquire(caller.waiter, now)
    if (isFull && !caller.waiter.isSettled) violated('S13', `${caller.name} is let into a full queue`)
  }

  tryAcquire(): void {
    const caller = this.#arrive()
    const entry = this.machine.takeAtOnce(this.now) ?? this.machine.take(true, this.now)
    if (entry === undefined) caller.state = 'left'
    else this.#lentAtOnce(entry, caller, 'great')
  }

  cancel(caller: CallerRecord): void {
    caller.state = 'left'
    this.machine.cancel(caller.waiter)
  }

  release(connection: ConnectionRecord): void {
    this.account.tally.released++
    this.machine.counts.released++
    this.account.rests(connection)
    connection.needsReset = this.account.world.rules.hasReset
    if (!this.machine.cameBackClean(connection.entry, this.now)) {
      this.machine.released(connection.entry, undefined, this.now)
    }
  }

  /** It is clean, but for bytes that are on their way out. */
  releaseWriting(connection: ConnectionRecord): void {
    this.account.tally.released++
    this.machine.counts.released++
    this.account.rests(connection)
    connection.needsFlush = true
    connection.needsReset = this.account.world.rules.hasReset
    this.machine.released(connection.entry, 'writing', this.now)
  }

  releaseDirty(connection: ConnectionRecord): void {
    this.account.tally.released++
    this.machine.counts.released++
    connection.flaw = 'dirty'
    this.machine.released(connection.entry, 'dirty', this.now)
  }

  discard(connection: ConnectionRecord): void {
    this.account.tally.discarded++
    this.machine.counts.discarded++
    connection.flaw = 'discarded'
    this.machine.released(connection.entry, 'discarded', this.now)
  }

  endpointFailed(connection: ConnectionRecord, since: number): void {
    this.account.failuresInARow++
    this.machine.endpointFailed(connection.entry, since, this.now)
  }

  detach(connection: ConnectionRecord): void {
    this.account.tally.endedOtherwise++
    connection.become('gone', this.now)
    this.machine.detached(connection.entry, this.now)
  }

  /** What idles now has been idle to the end of a turn. */
  turnEnds(): void {
    for (const connection of this.account.connections) {
      if (connection.standing !== 'resting' || connection.isRested) continue
      connection.isRested = true
      this.machine.rested(connection.entry)
    }
  }

  // --- the world's doings ---

  dialed(connection: ConnectionRecord): void {
    const { entry } = connection
    entry.connection = entry
    // The rules only ask whether it is there.
    if (this.account.world.isStream) entry.keeper = entry as unknown as NonNullable<typeof entry.keeper>
    const { maxLifetimeMs, lifetimeJitterRatio } = this.account.world.rules
    connection.expiresAt = this.now + maxLifetimeMs * (1 - lifetimeJitterRatio * this.account.world.draw)
    connection.dialedIn = this.account.eventNumber
    this.account.rests(connection)
    this.account.isProven(connection)
    if (entry.id > this.account.oldUpTo) this.account.failuresInARow = 0
    this.machine.dialed(entry, this.account.world.draw, this.now)
  }

  dialFailed(connection: ConnectionRecord, how: 'refused' | 'local' | 'setup'): void {
    this.account.tally.dialFailures++
    if (how !== 'local') this.account.failuresInARow++
    if (how === 'setup') connection.entry.connection = connection.entry
    else connection.become('gone', this.now)
    const failure = { isLocal: how === 'local', draw: this.account.world.draw }
    this.machine.dialFailed(connection.entry, failure, this.now)
  }

  examined(connection: ConnectionRecord, isSound: boolean): void {
    if (isSound) this.#isSound(connection)
    else if (connection.examination === 'flush') return this.lost(connection, 'dirty')
    else connection.isUnsound = true
    this.machine.examined(connection.entry, isSound, this.now)
  }

  #isSound(connection: ConnectionRecord): void {
    connection.become('resting', this.now)
    switch (connection.examination) {
      case 'flush':
        connection.needsFlush = false
        break
      case 'reset':
        connection.needsReset = false
        break
      case 'turn':
        connection.seenAt = this.now
        break
      case 'probe':
      case 'background':
        this.account.tally.probesPassed++
        this.account.isProven(connection)
    }
  }

  lost(connection: ConnectionRecord, reason: 'peer-closed' | 'dirty' = 'peer-closed'): void {
    connection.flaw = reason
    this.machine.lost(connection.entry, reason, this.account.world.draw, this.now)
  }

  openedInVain(connection: ConnectionRecord): void {
    connection.mayLand = false
    connection.entry.connection = connection.entry
    connection.since = this.now
    this.machine.openedInVain(connection.entry, this.now)
  }

  closed(connection: ConnectionRecord): void {
    if (connection.standing === 'closing') connection.become('gone', this.now)
    this.machine.closed(connection.entry, this.now)
  }

  tick(lateMs: number): void {
    const { account } = this
    account.now = Math.max(this.now, account.armedFor) + lateMs
    account.armedFor = Infinity
    this.machine.tick(account.world.draw, this.now)
    const isInVain = account.effects === 0 && account.polls === 0 && account.armedFor <= this.now
    if (isInVain) violated('L5', 'it wakes in vain, again and again')
  }

  polled(): void {
    this.account.polls--
    this.machine.polled(this.account.world.draw, this.now)
  }

  // --- the owner's doings ---

  isolate(): void {
    this.account.isolations++
    this.machine.isolate(this.now)
    if (!this.account.isDrained && this.machine.breakerState !== 'open') violated('S18', 'it is isolated and not open')
  }

  endIsolation(): void {
    this.account.isolations--
    this.machine.endIsolation(this.now)
  }

  clear(): void {
    for (const connection of this.account.connections) connection.isCleared = true
    this.machine.clear(this.now)
  }

  resize(minSize: number, maxSize: number): void {
    this.account.minSize = minSize
    this.account.maxSize = maxSize
    this.machine.resize({ minSize, maxSize }, this.now)
  }

  warm(count: number): void {
    this.account.warmTo = count
    this.machine.warm(count, this.now)
  }

  pause(): void {
    this.account.isPaused = true
    this.machine.pause()
  }

  resume(): void {
    this.account.isPaused = false
    this.machine.resume(this.now)
  }

  drain(graceMs: number): void {
    this.account.isDraining = true
    this.account.drainDeadline = Math.min(this.account.drainDeadline, this.now + graceMs)
    this.machine.drain(this.now + graceMs, this.now)
  }

  #arrive(): CallerRecord {
    void promiseOfLease()
    return this.account.arrives(takeWaiter<Thing>())
  }

  #lentAtOnce(entry: Entry<Thing>, caller: CallerRecord, haste: Haste): void {
    caller.state = 'waiting'
    lend(this.account, this.account.connection(entry.id), caller, haste)
  }
}
