/**
 * The rules of a pool: who is served, what is dialed, what is closed, and when. No I/O, timers, promises or chance in
 * here: time and random numbers come as arguments, orders go out through {@link PoolEffects}.
 *
 * Every public method is one event. It changes the state and then calls `#settle()`, the only place that serves, dials
 * or finishes. An effect must not call back in the same turn; the machine throws if one does.
 */
import { BreakerMachine, type BreakerState } from '../breaker/breaker-machine.ts'
import type { CloseReason } from '../metrics/stats.ts'
import { Counts } from './counts.ts'
import { DialPacer } from './dial-pacer.ts'
import { Entry, type EntryState, type Examination } from './entry.ts'
import { IdleList } from './idle-list.ts'
import type { PoolRules } from './pool-rules.ts'
import type { Waiter } from './waiter.ts'
import { WaiterQueue } from './waiter-queue.ts'

export type Refusal = 'POOL_CLOSED' | 'ACQUIRE_TIMEOUT' | 'QUEUE_FULL' | 'DIAL_FAILED' | 'CIRCUIT_OPEN'

/** What the rules ask of the world. All are orders, but for `flaw`, a question. */
export interface PoolEffects<C> {
  dial(entry: Entry<C>): void
  /** Stop a dial; `closed` is to be reported when nothing of it is left. */
  giveUpDial(entry: Entry<C>, why: 'timeout' | 'pool-closed'): void
  grant(waiter: Waiter<C>, entry: Entry<C>): void
  refuse(waiter: Waiter<C>, refusal: Refusal, now: number): void
  /** What keeps this idle connection from being lent, as far as its wire shows. */
  flaw(entry: Entry<C>): CloseReason | undefined
  examine(entry: Entry<C>): void
  /** `closed` is to be reported when it is gone. Without a reason it was never open. */
  close(entry: Entry<C>, reason: CloseReason | undefined): void
  /** It took too long to close: cut it off; its slot is free already. */
  abandon(entry: Entry<C>): void
  /** The lease on it is over though its holder has not said so. */
  endLease(entry: Entry<C>, why: 'lease-time' | 'pool-closed' | 'lost'): void
  warnOfLeak(entry: Entry<C>): void
  wakeAt(time: number): void
  /** Report `polled` when pending I/O has had its turn. */
  afterPoll(): void
  breakerChanged(state: BreakerState): void
  drained(): void
}

export type Lifecycle = 'running' | 'draining' | 'stopped'

/** A deadline that fires later than this was held up by a stalled loop: pending I/O goes first for one turn. */
const LATE_MS = 20
/** A stream idle for this long is checked by one turn of the loop before it is lent. */
const STALE_MS = 1_000
/** An aged connection used this recently is worth replacing even above `minSize`. */
const RECENT_MS = 1_000

export class PoolMachine<C> {
  readonly counts: Counts = new Counts()
  readonly #rules: PoolRules
  readonly #effects: PoolEffects<C>
  readonly #pacer: DialPacer
  readonly #breaker: BreakerMachine | undefined
  readonly #entries: Entry<C>[] = []
  readonly #idle: IdleList<C>
  readonly #queue = new WaiterQueue<C>()
  #lifecycle: Lifecycle = 'running'
  #isPaused = false
  #minSize: number
  #maxSize: number
  #warmTo = 0
  #generation = 0
  #lastId = 0
  #armedFor = Infinity
  #isGracing = false
  #backgroundProbes = 0
  #drainDeadline = Infinity
  #isInEvent = false
  /** Nothing is being mended, drained or shrunk: what comes back clean can go on at once. */
  #isCalm = false
  /** An idle connection wants attention at the earliest this long after its release. */
  readonly #idleLookMs: number
  readonly #watchesLeases: boolean
  readonly #probesAlways: boolean

  constructor(rules: PoolRules, effects: PoolEffects<C>) {
    this.#rules = rules
    this.#effects = effects
    this.#minSize = rules.minSize
    this.#maxSize = rules.maxSize
    this.#idle = new IdleList(rules.idleOrder)
    this.#idleLookMs = Math.min(rules.idleTimeoutMs, rules.hasProbe ? rules.probeIntervalMs : Infinity)
    this.#probesAlways = rules.hasProbe && rules.probeAfterIdleMs === 0
    this.#watchesLeases = rules.leakWarnMs !== Infinity || rules.maxLeaseMs !== Infinity
    this.#breaker = rules.breaker && new BreakerMachine(rules.breaker)
    this.#pacer = new DialPacer({
      maxDialing: rules.maxDialing,
      backoff: rules.backoff,
      lastAttempt: rules.breaker === undefined ? Infinity : rules.breaker.failureThreshold - 1,
    })
  }

  get lifecycle(): Lifecycle {
    return this.#lifecycle
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  get idle(): number {
    return this.#idle.length
  }

  get leased(): number {
    return this.total - this.#idle.length - this.counts.probing
  }

  /** Open connections. */
  get total(): number {
    return this.#entries.length - this.counts.dialing - this.counts.closing
  }

  get waiting(): number {
    return this.#queue.length
  }

  get waiters(): Iterable<Waiter<C>> {
    return this.#queue
  }

  get entries(): readonly Entry<C>[] {
    return this.#entries
  }

  get minSize(): number {
    return this.#minSize
  }

  get maxSize(): number {
    return this.#maxSize
  }

  get dialLimit(): number {
    return this.#pacer.limit
  }

  get retryAt(): number {
    return this.#pacer.retryAt
  }

  get breakerState(): BreakerState {
    return this.#breaker?.state ?? 'closed'
  }

  /** Asks: how long until a refused caller may try again? */
  retryAfterMs(now: number): number {
    return this.#breaker?.retryAfterMs(now) ?? 0
  }

  /** Asks: what is this waiter waiting for? */
  phaseOf(waiter: Waiter<C>, now: number): 'queued' | 'dialing' | 'probing' | 'backing-off' | 'paused' {
    if (this.#isPaused) return 'paused'
    const { probing, dialing } = this.counts
    if (this.#isAmongFirst(waiter, probing)) return 'probing'
    if (this.#isAmongFirst(waiter, probing + dialing)) return 'dialing'
    return this.#entries.length < this.#maxSize && this.#pacer.isBackingOff(now) ? 'backing-off' : 'queued'
  }

  /** Asks: which connection would be lent next, if any may be? */
  get nextIdle(): Entry<C> | undefined {
    return this.#idle.next
  }

  /** One that has just been taken out stood first, as far as anybody can tell now. */
  #isAmongFirst(waiter: Waiter<C>, count: number): boolean {
    return count > 0 && (waiter.isSettled || this.#queue.isAmongFirst(waiter, count))
  }

  start(now: number): void {
    this.#enter()
    this.#settle(now)
    this.#leave()
  }

  /**
   * Lends the next idle connection if that takes no thought. The common case, kept free of everything that is not
   * needed for it; `undefined` says only that it takes some.
   */
  takeAtOnce(now: number): Entry<C> | undefined {
    const entry = this.#idle.next
    if (entry === undefined || !this.#isCalm || this.#queue.length > 0 || now >= entry.freeUntil) return undefined
    if (entry.keeper !== undefined && this.#effects.flaw(entry) !== undefined) return undefined
    this.#lend(entry, now)
    return entry
  }

  /**
   * Lends an idle connection at once, if nobody waits and one needs no examination. `mayBeStale`: do without the one
   * turn's check, for a caller who cannot wait for it.
   */
  take(mayBeStale: boolean, now: number): Entry<C> | undefined {
    if (this.#queue.length > 0 || this.#isPaused || this.#lifecycle !== 'running') return undefined
    this.#enter()
    const { closing } = this.counts
    let entry = this.#nextSound(now)
    if (entry !== undefined && !this.#mayLendAtOnce(entry, mayBeStale, now)) entry = undefined
    if (entry !== undefined) this.#lend(entry, now)
    if (this.counts.closing !== closing) this.#settle(now)
    this.#leave()
    return entry
  }

  /** Puts a caller in the queue if nothing else can come of it; answers whether that was so. */
  queued(waiter: Waiter<C>, now: number): boolean {
    if (!this.#isCalm || this.#entries.length < this.#maxSize || this.#idle.length > 0) return false
    if (this.#queue.length >= this.#rules.maxWaiting || waiter.deadline <= now) return false
    this.#queue.push(waiter)
    if (waiter.deadline < this.#armedFor) this.#wake(waiter.deadline)
    return true
  }

  acquire(waiter: Waiter<C>, now: number): void {
    this.#enter()
    const refusal = this.#refusalAtDoor(waiter, now)
    if (refusal === undefined) {
      this.#queue.push(waiter)
      this.#wake(waiter.deadline)
      this.#settle(now)
    } else {
      this.#refuse(waiter, refusal, now)
    }
    this.#leave()
  }

  /** The waiter has left by itself; nobody is to answer it. */
  cancel(waiter: Waiter<C>): void {
    this.#enter()
    this.#queue.remove(waiter)
    if (this.#queue.length === 0) this.#pacer.nobodyWaits()
    this.#leave()
  }

  dialed(entry: Entry<C>, draw: number, now: number): void {
    this.#enter()
    this.#expect(entry, 'dialing')
    entry.createdAt = now
    entry.idleSince = now
    entry.expiresAt = now + this.#rules.maxLifetimeMs * (1 - this.#rules.lifetimeJitterRatio * draw)
    entry.isProven = true
    this.#pacer.succeeded()
    if (this.#breaker?.succeeded() === true) this.#effects.breakerChanged('closed')
    this.#comeBack(entry, now)
    this.#serve(now)
    const first = this.#queue.first
    const isBehind = first === undefined ? this.total < this.#warmTo : first.since <= entry.dialStartedAt
    if (isBehind) this.#pacer.outlasted(entry.id, this.#lastId)
    this.#closeReplaced(entry)
    this.#settle(now)
    entry.isProven = false
    if (entry.state === 'idle') entry.isFresh = false
    this.#leave()
  }

  /** A local failure (no descriptor left, no port left) says nothing about the endpoint. */
  dialFailed(entry: Entry<C>, failure: { readonly isLocal: boolean; readonly draw: number }, now: number): void {
    this.#enter()
    this.#expect(entry, 'dialing')
    this.#noteDialFailure(entry, failure, now)
    if (entry.connection === undefined) this.#remove(entry)
    else this.#startClosing(entry, now)
    this.#settle(now)
    this.#leave()
  }

  /** The examination of a `probing` connection has ended. */
  examined(entry: Entry<C>, isSound: boolean, now: number): void {
    this.#enter()
    this.#expect(entry, 'probing')
    const examination = entry.examination
    if (isSound) this.#passed(entry, now)
    else this.#close(entry, examination === 'reset' ? 'reset-failed' : 'probe-failed', now)
    this.#settle(now)
    entry.isProven = false
    if (examination === 'background') this.#rearm(now)
    this.#leave()
  }

  /** A lease ended clean and nothing but rest, or the next in the queue, can follow: answers whether that was so. */
  cameBackClean(entry: Entry<C>, now: number): boolean {
    if (!this.#isCalm || entry.state !== 'leased' || entry.generation !== this.#generation) return false
    if (now >= entry.expiresAt || entry.uses >= this.#rules.maxUses) return false
    if (this.#queue.length > 0) return this.#handOver(entry, now)
    entry.state = 'idle'
    entry.idleSince = now
    if (entry.keeper !== undefined || this.#rules.hasProbe) entry.freeUntil = this.#freeUntil(entry)
    this.#idle.push(entry)
    if (now + this.#idleLookMs < this.#armedFor) this.#wake(now + this.#idleLookMs)
    return true
  }

  /** From hand to hand, without a rest in between. */
  #handOver(entry: Entry<C>, now: number): boolean {
    const first = this.#queue.first
    if (first === undefined || this.#probesAlways || first.deadline <= now) return false
    this.#queue.shift()
    entry.idleSince = now
    entry.since = now
    entry.uses++
    if (this.#watchesLeases) this.#watchLease(entry)
    if (this.#queue.length === 0) this.#pacer.nobodyWaits()
    this.#effects.grant(first, entry)
    return true
  }

  /** A lease ended: clean, or with the reason why the connection must be closed. */
  released(entry: Entry<C>, flaw: CloseReason | undefined, now: number): void {
    this.#enter()
    this.#expect(entry, 'leased')
    const reason = flaw ?? this.#reasonToRetire(entry, now)
    if (reason !== undefined) {
      this.#close(entry, reason, now)
    } else {
      this.#pacer.proved()
      this.#breaker?.served()
      entry.idleSince = now
      if (this.#rules.hasReset) this.#startExamination(entry, 'reset', now)
      else this.#rest(entry, now)
    }
    this.#settle(now)
    this.#leave()
  }

  /** The endpoint failed somebody who had a connection to it. */
  endpointFailed(draw: number, now: number): void {
    if (this.#breaker?.state !== 'closed') return
    this.#enter()
    this.#breakerFailed(draw, now)
    this.#settle(now)
    this.#leave()
  }

  detached(entry: Entry<C>, now: number): void {
    this.#enter()
    this.#expect(entry, 'leased')
    this.counts.endedOtherwise++
    this.#remove(entry)
    this.#settle(now)
    this.#leave()
  }

  /** The connection ended by itself, or spoke out of turn. */
  lost(entry: Entry<C>, reason: CloseReason, draw: number, now: number): void {
    if (entry.state === 'closing' || entry.state === 'gone') return
    this.#enter()
    const isEarly = entry.uses === 0
    if (entry.state === 'leased') this.#takeBack(entry, 'lost')
    else if (isEarly) this.#pacer.diedEarly(draw, now)
    this.#close(entry, reason, now)
    this.#settle(now)
    this.#leave()
  }

  closed(entry: Entry<C>, now: number): void {
    if (entry.state === 'gone') return
    this.#enter()
    this.#expect(entry, 'closing')
    this.#remove(entry)
    this.#settle(now)
    this.#leave()
  }

  /** The time asked for by `wakeAt` has come. */
  tick(draw: number, now: number): void {
    if (this.#isGracing || this.#lifecycle === 'stopped') return
    this.#enter()
    const lateMs = now - this.#armedFor
    this.#armedFor = Infinity
    if (lateMs > LATE_MS) {
      this.#isGracing = true
      this.#effects.afterPoll()
    } else {
      this.#passTime(draw, now)
    }
    this.#leave()
  }

  /** Pending I/O has had its turn after a late tick. */
  polled(draw: number, now: number): void {
    this.#isGracing = false
    if (this.#lifecycle === 'stopped') return
    this.#enter()
    this.#passTime(draw, now)
    this.#leave()
  }

  /** Until told otherwise, have at least so many connections open, as if `minSize` were that high. */
  warm(count: number, now: number): void {
    this.#enter()
    this.#warmTo = count
    this.#settle(now)
    this.#leave()
  }

  resize(limits: { readonly minSize: number; readonly maxSize: number }, now: number): void {
    this.#enter()
    this.#minSize = limits.minSize
    this.#maxSize = limits.maxSize
    for (let surplus = this.#entries.length - this.#maxSize - this.counts.closing; surplus > 0; surplus--) {
      const oldest = this.#idle.oldest
      if (oldest === undefined) break
      this.#close(oldest, 'shrunk', now)
    }
    this.#settle(now)
    this.#leave()
  }

  clear(now: number): void {
    this.#enter()
    this.#generation++
    this.#closeIdle('cleared', now)
    this.#settle(now)
    this.#leave()
  }

  pause(): void {
    this.#enter()
    this.#isPaused = true
    this.#leave()
  }

  resume(now: number): void {
    this.#enter()
    this.#isPaused = false
    this.#settle(now)
    this.#leave()
  }

  /** Serves nobody any more; leases have until `deadline`. Called again, it can only shorten that. */
  drain(deadline: number, now: number): void {
    if (this.#lifecycle === 'stopped') return
    this.#enter()
    this.#lifecycle = 'draining'
    this.#drainDeadline = Math.min(this.#drainDeadline, deadline)
    this.#refuseAll('POOL_CLOSED', now)
    this.#closeIdle('pool-closed', now)
    for (const entry of [...this.#entries]) {
      if (entry.state === 'dialing') this.#giveUpDial(entry, 'pool-closed', now)
      if (entry.state === 'probing') this.#close(entry, 'pool-closed', now)
    }
    if (this.#drainDeadline <= now) this.#cut(now)
    else this.#wake(this.#drainDeadline)
    this.#settle(now)
    this.#leave()
  }

  // --- deciding ---

  #settle(now: number): void {
    if (this.#lifecycle !== 'running') return this.#settleDrain()
    if (this.#isPaused) return
    this.#serve(now)
    this.#refuseIfHopeless(now)
    while (this.#mayDial(now)) this.#dial(undefined, now)
    if (this.#queue.length === 0) this.#pacer.nobodyWaits()
  }

  #settleDrain(): void {
    if (this.#lifecycle !== 'draining' || this.#entries.length > 0) return
    this.#lifecycle = 'stopped'
    this.#effects.drained()
  }

  #serve(now: number): void {
    while (this.#queue.length > 0 && this.#lifecycle === 'running' && !this.#isPaused) {
      const entry = this.#nextSound(now)
      if (entry === undefined) return
      const examination = this.#needed(entry, now)
      if (examination === undefined) this.#grantToFirst(entry, now)
      else if (this.counts.probing < this.#queue.length) this.#startExamination(entry, examination, now)
      else return
    }
  }

  /** Hands it to the oldest waiter; those whose time is up are told so instead. */
  #grantToFirst(entry: Entry<C>, now: number): void {
    const waiter = this.#queue.shift()
    if (waiter === undefined) return
    if (this.#isOverdue(waiter, now)) {
      this.#refuse(waiter, 'ACQUIRE_TIMEOUT', now)
      return
    }
    this.#lend(entry, now)
    this.#effects.grant(waiter, entry)
  }

  /** After a stalled loop the deadline is not final yet: what I/O brings in that turn may still serve. */
  #isOverdue(waiter: Waiter<C>, now: number): boolean {
    const lateMs = now - waiter.deadline
    return lateMs >= 0 && lateMs <= LATE_MS
  }

  /** The next idle connection that is neither too old nor visibly broken; those that are get closed. */
  #nextSound(now: number): Entry<C> | undefined {
    for (let entry = this.#idle.next; entry !== undefined; entry = this.#idle.next) {
      const reason = now >= entry.expiresAt ? 'lifetime' : this.#flaw(entry)
      if (reason === undefined) return entry
      this.#close(entry, reason, now)
    }
    return undefined
  }

  #flaw(entry: Entry<C>): CloseReason | undefined {
    return entry.keeper === undefined ? undefined : this.#effects.flaw(entry)
  }

  #needed(entry: Entry<C>, now: number): 'turn' | 'probe' | undefined {
    if (entry.isProven) return undefined
    if (entry.keeper !== undefined && now >= this.#seenAt(entry) + STALE_MS) return 'turn'
    return this.#needsProbe(entry, now) ? 'probe' : undefined
  }

  /** Until then it may be lent as it is. */
  #freeUntil(entry: Entry<C>): number {
    const stale = entry.keeper === undefined ? Infinity : this.#seenAt(entry) + STALE_MS
    const unproven = this.#rules.hasProbe ? this.#provenAt(entry) + this.#rules.probeAfterIdleMs : Infinity
    return Math.min(entry.expiresAt, stale, unproven)
  }

  /** When its wire was last known to be sound. */
  #seenAt(entry: Entry<C>): number {
    return Math.max(entry.idleSince, entry.checkedAt, entry.turnedAt)
  }

  /** When it last served or passed a probe. */
  #provenAt(entry: Entry<C>): number {
    return Math.max(entry.idleSince, entry.checkedAt)
  }

  #mayLendAtOnce(entry: Entry<C>, mayBeStale: boolean, now: number): boolean {
    const needed = this.#needed(entry, now)
    return needed === undefined || (mayBeStale && needed === 'turn' && !this.#needsProbe(entry, now))
  }

  #needsProbe(entry: Entry<C>, now: number): boolean {
    return this.#rules.hasProbe && now >= this.#provenAt(entry) + this.#rules.probeAfterIdleMs
  }

  #lend(entry: Entry<C>, now: number): void {
    this.#idle.remove(entry)
    entry.state = 'leased'
    entry.since = now
    entry.uses++
    if (entry.isFresh) this.#noteMiss(entry)
    if (this.#watchesLeases) this.#watchLease(entry)
  }

  #noteMiss(entry: Entry<C>): void {
    entry.isFresh = false
    this.counts.misses++
  }

  #watchLease(entry: Entry<C>): void {
    entry.hasWarned = false
    this.#wake(this.#dueAt(entry))
  }

  // --- dialing ---

  #mayDial(now: number): boolean {
    if (this.#entries.length >= this.#maxSize || !this.#isDialWanted) return false
    if (this.counts.dialing >= this.#pacer.limit) return false
    if (this.#pacer.isBackingOff(now)) return this.#later(this.#pacer.retryAt)
    if (this.#breaker?.mayDial(this.counts.dialing, now) !== false) return true
    return this.#breaker.until > now && this.#later(this.#breaker.until)
  }

  get #isDialWanted(): boolean {
    const { dialing, probing } = this.counts
    return this.#queue.length > dialing + probing || this.#floor > this.total + dialing
  }

  #later(time: number): false {
    this.#wake(time)
    return false
  }

  #dial(replaces: Entry<C> | undefined, now: number): void {
    const entry = new Entry<C>(++this.#lastId, this.#generation, now)
    entry.index = this.#entries.length
    entry.replaces = replaces
    this.#entries.push(entry)
    this.counts.dialing++
    this.counts.dials++
    this.#wake(now + this.#rules.dialTimeoutMs)
    if (this.#breaker?.dialing() === true) this.#effects.breakerChanged('half-open')
    this.#effects.dial(entry)
  }

  #giveUpDial(entry: Entry<C>, why: 'timeout' | 'pool-closed', now: number): void {
    this.counts.dialFailures++
    this.#move(entry, 'closing', now)
    this.#wake(now + this.#rules.closeTimeoutMs)
    this.#effects.giveUpDial(entry, why)
    this.#closeReplaced(entry)
  }

  #noteDialFailure(entry: Entry<C>, failure: { readonly isLocal: boolean; readonly draw: number }, now: number): void {
    this.counts.dialFailures++
    this.#closeReplaced(entry)
    const dial = { id: entry.id, newest: this.#lastId, draw: failure.draw }
    if (this.#pacer.failed(dial, now) && !failure.isLocal) this.#breakerFailed(failure.draw, now)
  }

  #breakerFailed(draw: number, now: number): void {
    if (this.#breaker === undefined || !this.#breaker.failed(draw, now)) return
    this.#effects.breakerChanged('open')
    this.#refuseAll('DIAL_FAILED', now)
  }

  /** An open breaker has refused those who waited; whoever was let in since has nobody left who could serve him. */
  #refuseIfHopeless(now: number): void {
    if (this.#breaker === undefined || this.#breaker.state === 'closed' || this.#queue.length === 0) return
    const { dialing, probing } = this.counts
    if (dialing + probing + this.#idle.length === 0 && !this.#breaker.mayDial(0, now))
      this.#refuseAll('DIAL_FAILED', now)
  }

  // --- refusing ---

  #refusalAtDoor(waiter: Waiter<C>, now: number): Refusal | undefined {
    if (this.#lifecycle !== 'running') return 'POOL_CLOSED'
    if (!this.#isPaused && !this.#isLetIn(now)) return 'CIRCUIT_OPEN'
    if (waiter.deadline <= now) return 'ACQUIRE_TIMEOUT'
    const free = Math.max(0, this.#maxSize - this.total)
    if (this.#queue.length >= this.#rules.maxWaiting + free && this.#idle.length === 0) return 'QUEUE_FULL'
    return undefined
  }

  /** While the endpoint is down: only whom an open connection can serve, and those whose dial tries it again. */
  #isLetIn(now: number): boolean {
    if (this.#breaker === undefined || this.#breaker.state === 'closed') return true
    const { probing, dialing } = this.counts
    const unserved = this.#queue.length - this.#idle.length - probing
    return unserved < 0 || this.#breaker.mayDial(Math.max(dialing, unserved), now)
  }

  #refuseAll(refusal: Refusal, now: number): void {
    for (let waiter = this.#queue.shift(); waiter !== undefined; waiter = this.#queue.shift()) {
      this.#refuse(waiter, refusal, now)
    }
  }

  #refuse(waiter: Waiter<C>, refusal: Refusal, now: number): void {
    waiter.isSettled = true
    if (refusal === 'ACQUIRE_TIMEOUT') this.counts.timeouts++
    this.#effects.refuse(waiter, refusal, now)
  }

  // --- coming back and going ---

  #comeBack(entry: Entry<C>, now: number): void {
    const reason = this.#reasonToRetire(entry, now)
    if (reason === undefined) this.#rest(entry, now)
    else this.#close(entry, reason, now)
  }

  #rest(entry: Entry<C>, now: number): void {
    this.#move(entry, 'idle', now)
    entry.freeUntil = this.#freeUntil(entry)
    this.#idle.push(entry)
    this.#wake(this.#dueAt(entry))
  }

  #reasonToRetire(entry: Entry<C>, now: number): CloseReason | undefined {
    if (this.#lifecycle !== 'running') return 'pool-closed'
    if (entry.generation !== this.#generation) return 'cleared'
    if (entry.uses >= this.#rules.maxUses) return 'max-uses'
    if (now >= entry.expiresAt) return 'lifetime'
    return this.#entries.length - this.counts.closing > this.#maxSize ? 'shrunk' : undefined
  }

  #startExamination(entry: Entry<C>, examination: Examination, now: number): void {
    if (entry.state === 'idle') this.#idle.remove(entry)
    entry.examination = examination
    this.#move(entry, 'probing', now)
    if (examination === 'background') this.#backgroundProbes++
    if (examination === 'probe' || examination === 'background') this.counts.probes++
    this.#wake(this.#dueAt(entry))
    this.#effects.examine(entry)
  }

  #passed(entry: Entry<C>, now: number): void {
    switch (entry.examination) {
      case 'turn':
        entry.turnedAt = now
        entry.isProven = !this.#needsProbe(entry, now)
        if (!entry.isProven && this.#queue.length > 0 && !this.#isPaused) {
          return this.#startExamination(entry, 'probe', now)
        }
        break
      case 'reset':
        break
      case 'probe':
      case 'background':
        entry.checkedAt = now
        entry.isProven = true
    }
    this.#comeBack(entry, now)
  }

  #close(entry: Entry<C>, reason: CloseReason, now: number): void {
    if (entry.state === 'idle') this.#idle.remove(entry)
    if (reason === 'probe-failed') this.counts.probeFailures++
    this.counts.closed[reason]++
    entry.closeReason = reason
    this.#startClosing(entry, now)
  }

  #startClosing(entry: Entry<C>, now: number): void {
    this.#move(entry, 'closing', now)
    this.#wake(now + this.#rules.closeTimeoutMs)
    this.#effects.close(entry, entry.closeReason)
  }

  #closeIdle(reason: CloseReason, now: number): void {
    for (let entry = this.#idle.next; entry !== undefined; entry = this.#idle.next) this.#close(entry, reason, now)
  }

  #cut(now: number): void {
    for (const entry of this.#entries) {
      if (entry.state !== 'leased') continue
      this.#takeBack(entry, 'pool-closed')
      this.#close(entry, 'taken-back', now)
    }
  }

  #takeBack(entry: Entry<C>, why: 'lease-time' | 'pool-closed' | 'lost'): void {
    this.counts.endedOtherwise++
    this.#effects.endLease(entry, why)
  }

  #remove(entry: Entry<C>): void {
    this.#move(entry, 'gone', entry.since)
    const last = this.#entries.pop() as Entry<C>
    if (last === entry) return
    last.index = entry.index
    this.#entries[entry.index] = last
  }

  #move(entry: Entry<C>, state: EntryState, now: number): void {
    if (entry.state === 'probing' && entry.examination === 'background') this.#backgroundProbes--
    this.#count(entry.state, -1)
    this.#count(state, 1)
    entry.state = state
    entry.since = now
  }

  /** The idle ones are counted by their list; the leased ones are the rest. */
  #count(state: EntryState, change: 1 | -1): void {
    if (state === 'dialing' || state === 'probing' || state === 'closing') this.counts[state] += change
  }

  // --- time ---

  #wake(time: number): void {
    if (time >= this.#armedFor) return
    this.#armedFor = time
    this.#effects.wakeAt(time)
  }

  #passTime(draw: number, now: number): void {
    for (let due = this.#queue.firstDue; due !== undefined && due.deadline <= now; due = this.#queue.firstDue) {
      this.#queue.remove(due)
      this.#refuse(due, 'ACQUIRE_TIMEOUT', now)
    }
    for (let index = this.#entries.length - 1; index >= 0; index--) {
      this.#keepHouse(this.#entries[index] as Entry<C>, draw, now)
    }
    if (this.#drainDeadline <= now && this.#lifecycle === 'draining') this.#cut(now)
    this.#settle(now)
    this.#rearm(now)
  }

  #keepHouse(entry: Entry<C>, draw: number, now: number): void {
    switch (entry.state) {
      case 'dialing':
        return this.#keepDialing(entry, draw, now)
      case 'idle':
        return this.#keepIdle(entry, now)
      case 'probing':
        return this.#keepProbing(entry, now)
      case 'leased':
        return this.#keepLeased(entry, now)
      case 'closing':
        return this.#keepClosing(entry, now)
      case 'gone':
    }
  }

  #keepDialing(entry: Entry<C>, draw: number, now: number): void {
    if (now < entry.since + this.#rules.dialTimeoutMs) return
    const dial = { id: entry.id, newest: this.#lastId, draw }
    this.#giveUpDial(entry, 'timeout', now)
    if (this.#pacer.failed(dial, now)) this.#breakerFailed(draw, now)
  }

  #keepIdle(entry: Entry<C>, now: number): void {
    if (now >= entry.expiresAt) return this.#retire(entry, now)
    if (now >= entry.idleSince + this.#rules.idleTimeoutMs && this.total > this.#floor) {
      return this.#close(entry, 'idle-timeout', now)
    }
    if (now < this.#probeDueAt(entry) || this.#isPaused) return
    if (!this.#isProbingEnough) this.#startExamination(entry, 'background', now)
  }

  /** Background probes take at most a tenth of the connections (at least one) out of service at a time. */
  get #isProbingEnough(): boolean {
    return this.#backgroundProbes > 0 && this.#backgroundProbes * 10 >= this.total
  }

  /** Closes an aged idle connection; one that will be missed is replaced first, if there is room for both. */
  #retire(entry: Entry<C>, now: number): void {
    if (entry.isBeingReplaced) return
    const isMissed = this.total <= this.#floor || now - entry.idleSince < RECENT_MS
    if (isMissed && this.#mayReplace(now)) {
      entry.isBeingReplaced = true
      this.#dial(entry, now)
    } else {
      this.#close(entry, 'lifetime', now)
    }
  }

  #mayReplace(now: number): boolean {
    if (this.#entries.length >= this.#maxSize || this.#isPaused || this.counts.dialing >= this.#pacer.limit)
      return false
    return !this.#pacer.isBackingOff(now) && this.#breaker?.mayDial(this.counts.dialing, now) !== false
  }

  #closeReplaced(replacement: Entry<C>): void {
    const aged = replacement.replaces
    replacement.replaces = undefined
    if (aged === undefined) return
    if (aged.state === 'idle') this.#close(aged, 'lifetime', replacement.since)
  }

  #keepProbing(entry: Entry<C>, now: number): void {
    if (now < this.#dueAt(entry)) return
    this.#close(entry, entry.examination === 'reset' ? 'reset-failed' : 'probe-failed', now)
  }

  #keepLeased(entry: Entry<C>, now: number): void {
    if (now >= entry.since + this.#rules.maxLeaseMs) {
      this.#takeBack(entry, 'lease-time')
      return this.#close(entry, 'taken-back', now)
    }
    if (!entry.hasWarned && now >= entry.since + this.#rules.leakWarnMs) {
      entry.hasWarned = true
      this.#effects.warnOfLeak(entry)
    }
    if (now >= entry.expiresAt && !entry.isBeingReplaced) {
      entry.isBeingReplaced = true
      if (this.#mayReplace(now)) this.#dial(entry, now)
    }
  }

  #keepClosing(entry: Entry<C>, now: number): void {
    if (now < entry.since + this.#rules.closeTimeoutMs) return
    this.#effects.abandon(entry)
    this.#remove(entry)
  }

  #rearm(now: number): void {
    let due = this.#queue.firstDue?.deadline ?? Infinity
    for (const entry of this.#entries) due = Math.min(due, this.#dueAt(entry))
    if (this.#lifecycle === 'draining' && this.#drainDeadline > now) due = Math.min(due, this.#drainDeadline)
    this.#wake(due)
  }

  get #floor(): number {
    return Math.max(this.#minSize, this.#warmTo)
  }

  /** When this entry next wants attention. */
  #dueAt(entry: Entry<C>): number {
    const rules = this.#rules
    switch (entry.state) {
      case 'dialing':
        return entry.since + rules.dialTimeoutMs
      case 'idle':
        return this.#idleDueAt(entry)
      case 'probing':
        return entry.since + (entry.examination === 'reset' ? rules.resetTimeoutMs : rules.probeTimeoutMs)
      case 'leased':
        return this.#leaseDueAt(entry)
      case 'closing':
        return entry.since + rules.closeTimeoutMs
      case 'gone':
        return Infinity
    }
  }

  #idleDueAt(entry: Entry<C>): number {
    const idleOut = this.total > this.#floor ? entry.idleSince + this.#rules.idleTimeoutMs : Infinity
    const aged = entry.isBeingReplaced ? Infinity : entry.expiresAt
    return Math.min(idleOut, aged, this.#isPaused || this.#isProbingEnough ? Infinity : this.#probeDueAt(entry))
  }

  #leaseDueAt(entry: Entry<C>): number {
    const warn = entry.hasWarned ? Infinity : entry.since + this.#rules.leakWarnMs
    const aged = entry.isBeingReplaced ? Infinity : entry.expiresAt
    return Math.min(entry.since + this.#rules.maxLeaseMs, warn, aged)
  }

  #probeDueAt(entry: Entry<C>): number {
    return this.#rules.hasProbe ? this.#provenAt(entry) + this.#rules.probeIntervalMs : Infinity
  }

  // --- guarding ---

  #enter(): void {
    if (this.#isInEvent) throw new Error('bug: an effect called back into the machine in the same turn')
    this.#isInEvent = true
  }

  #leave(): void {
    this.#isInEvent = false
    this.#isCalm =
      this.#lifecycle === 'running' &&
      !this.#isPaused &&
      !this.#rules.hasReset &&
      this.#entries.length - this.counts.closing <= this.#maxSize &&
      this.#pacer.isCalm &&
      this.#breaker?.isCalm !== false
  }

  #expect(entry: Entry<C>, state: EntryState): void {
    if (entry.state === state) return
    this.#isInEvent = false
    throw new Error(`bug: connection ${entry.id} is ${entry.state}, expected ${state}`)
  }
}
