/**
 * The rules of a pool: who is served, what is dialed, what is closed, and when. No I/O, timers, promises or chance in
 * here: time and random numbers come as arguments, orders go out through {@link PoolEffects}.
 *
 * Every public method is one event. It changes the state and then calls `#settle()`, the only place that serves, dials
 * or finishes. An effect must not call back in the same turn; the machine throws if one does.
 */
import type { BreakerReport } from '../breaker/breaker-report.ts'
import type { BreakerState } from '../breaker/breaker-rule.ts'
import type { WaitPhase } from '../errors.ts'
import type { CloseReason } from '../metrics/stats.ts'
import { Alarm, LATE_MS } from './alarm.ts'
import { Agenda, type Demand, type Due, type Surroundings } from './agenda.ts'
import { Counts } from './counts.ts'
import { EndpointHealth } from './endpoint-health.ts'
import type { Entry, EntryState, Examination } from './entry.ts'
import { Fitness } from './fitness.ts'
import type { GivenUp, Lifecycle, PoolEffects, Refusal, TakenBack } from './pool-effects.ts'
import type { PoolRules } from './pool-rules.ts'
import { Roster } from './roster.ts'
import type { SharedSlots } from './shared-slots.ts'
import type { Waiter } from './waiter.ts'
import { WaiterQueue } from './waiter-queue.ts'

/** An aged connection used this recently is worth replacing even above `minSize`. */
const RECENT_MS = 1_000

export class PoolMachine<C> {
  readonly counts: Counts = new Counts()
  readonly roster: Roster<C>
  readonly #rules: PoolRules
  readonly #effects: PoolEffects<C>
  readonly #health: EndpointHealth
  readonly #fitness: Fitness<C>
  readonly #agenda: Agenda<C>
  readonly #alarm: Alarm
  readonly #queue = new WaiterQueue<C>()
  #lifecycle: Lifecycle = 'running'
  #isPaused = false
  #minSize: number
  #maxSize: number
  /** What it may keep for the sake of others that need its slots, whatever its own limit. */
  #allowance = Infinity
  #warmTo = 0
  #generation = 0
  #surroundings: Surroundings = { hasSurplus: false, mayProbe: false }
  #drainDeadline = Infinity
  #isInEvent = false
  /** Dialed or found healthy in this very event: it may be lent without another examination. */
  #proven: Entry<C> | undefined
  /** Nothing is being mended, drained or shrunk: what is idle can be lent at once. */
  #isCalm = false
  /** Calm, and nobody counts uses that went well: what comes back clean can go on unheard. */
  #isHushed = false
  /** An idle connection wants attention at the earliest this long after its release. */
  readonly #idleLookMs: number
  readonly #watchesLeases: boolean
  readonly #hasProbe: boolean
  readonly #maxUses: number
  readonly #slots: SharedSlots | undefined

  /** `slots`: what it shares with other pools, if anything. */
  constructor(rules: PoolRules, effects: PoolEffects<C>, slots?: SharedSlots) {
    this.#rules = rules
    this.#effects = effects
    this.#minSize = rules.minSize
    this.#maxSize = rules.maxSize
    this.#slots = slots
    this.roster = new Roster(rules.idleOrder, slots)
    this.#fitness = new Fitness(rules)
    this.#agenda = new Agenda(rules)
    this.#alarm = new Alarm((time) => effects.wakeAt(time))
    this.#health = new EndpointHealth(rules, {
      changed: (state) => effects.breakerChanged(state),
      askRule: (outcome, state) => effects.askRule(outcome, state),
    })
    this.#idleLookMs = Math.min(rules.idleTimeoutMs, rules.hasProbe ? rules.probeIntervalMs : Infinity)
    this.#hasProbe = rules.hasProbe
    this.#maxUses = rules.maxUses
    this.#watchesLeases = rules.leakWarnMs !== Infinity || rules.maxLeaseMs !== Infinity
  }

  get lifecycle(): Lifecycle {
    return this.#lifecycle
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  get waiting(): number {
    return this.#queue.length
  }

  get waiters(): Iterable<Waiter<C>> {
    return this.#queue
  }

  get minSize(): number {
    return this.#minSize
  }

  get maxSize(): number {
    return this.#maxSize
  }

  get dialLimit(): number {
    return this.#health.dialLimit
  }

  get breakerState(): BreakerState {
    return this.#health.state
  }

  /** Before this instant no dial starts. */
  get retryAt(): number {
    return this.#health.retryAt
  }

  breakerReport(now: number): BreakerReport {
    return this.#health.report(now)
  }

  /** Asks: how long until a refused caller may try again? */
  retryAfterMs(now: number): number {
    return this.#health.retryAfterMs(now)
  }

  /** Asks: what is this waiter waiting for? */
  phaseOf(waiter: Waiter<C>, now: number): WaitPhase {
    if (this.#isPaused) return 'paused'
    const { probing, dialing, size } = this.roster
    if (this.#isAmongFirst(waiter, probing)) return 'probing'
    if (this.#isAmongFirst(waiter, probing + dialing)) return 'dialing'
    return size < this.#maxSize && this.#health.isRetrying(now) ? 'backing-off' : 'queued'
  }

  /** Asks: is there a slot for another connection? */
  get hasRoom(): boolean {
    return this.roster.size < this.#maxSize && this.#slots?.isFree !== false
  }

  /**
   * Asks: until when is the endpoint better left alone, if there is another? `-Infinity`: it is not; `Infinity`: until
   * the dials that try it have ended.
   */
  shunnedUntil(now: number): number {
    if (this.#health.state === 'closed') return this.#health.isBackingOff(now) ? this.#health.retryAt : -Infinity
    if (this.#health.mayTry(this.roster.dialing, now)) return -Infinity
    return this.roster.dialing > 0 ? Infinity : now + this.#health.retryAfterMs(now)
  }

  get hasIdle(): boolean {
    return this.roster.idle.length > 0
  }

  /** One that has just been taken out stood first. */
  #isAmongFirst(waiter: Waiter<C>, count: number): boolean {
    return waiter.isSettled ? count > 0 : this.#queue.isAmongFirst(waiter, count)
  }

  /** Looks again at what is to be done: at the start, and when something outside has changed that it depends on. */
  look(now: number): void {
    this.#enter()
    this.#settle(now)
    this.#leave(now)
  }

  /**
   * Lends the next idle connection if that takes no thought. The common case, kept free of everything that is not
   * needed for it; `undefined` says only that it takes some.
   */
  takeAtOnce(now: number): Entry<C> | undefined {
    const entry = this.roster.idle.next
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
    const { closing } = this.roster
    let entry = this.#nextSound(now)
    if (entry !== undefined && !this.#mayLendAtOnce(entry, mayBeStale, now)) entry = this.#fit(now)
    if (entry !== undefined) this.#lend(entry, now)
    if (this.roster.closing !== closing) this.#settle(now)
    this.#leave(now)
    return entry
  }

  /** Makes an idle connection the one that is lent next. */
  prefer(entry: Entry<C>): void {
    if (entry.state === 'idle') this.roster.idle.prefer(entry)
  }

  /** Puts a caller in the queue if nothing else can come of it; answers whether that was so. */
  queued(waiter: Waiter<C>, now: number): boolean {
    if (!this.#isCalm || this.roster.size < this.#maxSize || this.roster.idle.length > 0) return false
    if (this.#queue.length >= this.#rules.maxWaiting || waiter.deadline <= now) return false
    this.#queue.push(waiter)
    if (this.#alarm.isLaterThan(waiter.deadline)) this.#alarm.wakeBy(waiter.deadline)
    return true
  }

  acquire(waiter: Waiter<C>, now: number): void {
    this.#enter()
    const refusal = this.#refusalAtDoor(waiter, now)
    if (refusal === undefined) {
      this.#queue.push(waiter)
      this.#alarm.wakeBy(waiter.deadline)
      this.#settle(now)
    } else {
      waiter.isSettled = true
      this.#refuse(waiter, refusal, now)
    }
    this.#leave(now)
  }

  /** The waiter has left by itself; nobody is to answer it. */
  cancel(waiter: Waiter<C>): void {
    this.#enter()
    this.#queue.remove(waiter)
    if (this.#queue.length === 0) this.#health.nobodyWaits()
    this.#leave(-Infinity)
  }

  dialed(entry: Entry<C>, draw: number, now: number): void {
    this.#enter()
    this.#expect(entry, 'dialing')
    entry.createdAt = now
    entry.idleSince = now
    entry.expiresAt = now + this.#rules.maxLifetimeMs * (1 - this.#rules.lifetimeJitterRatio * draw)
    this.#proven = entry
    this.#health.succeeded({ id: entry.id, newest: this.roster.lastId }, now)
    this.#comeBack(entry, now)
    this.#serve(now)
    const first = this.#queue.first
    const isBehind = first === undefined ? this.roster.total < this.#warmTo : first.since <= entry.dialStartedAt
    if (isBehind) this.#health.outlasted(entry.id, this.roster.lastId)
    this.#closeReplaced(entry, now)
    this.#settle(now)
    this.#proven = undefined
    if (entry.state === 'idle') entry.isFresh = false
    this.#leave(now)
  }

  /** A local failure (no descriptor left, no port left) says nothing about the endpoint. */
  dialFailed(entry: Entry<C>, failure: { readonly isLocal: boolean; readonly draw: number }, now: number): void {
    this.#enter()
    this.#expect(entry, 'dialing')
    this.counts.dialFailures++
    this.#closeReplaced(entry, now)
    this.#noteDialFailure(entry, failure, now)
    if (entry.connection === undefined) this.roster.remove(entry)
    else this.#startClosing(entry, now)
    this.#settle(now)
    this.#leave(now)
  }

  /** The examination of a `probing` connection has ended. */
  examined(entry: Entry<C>, isSound: boolean, now: number): void {
    this.#enter()
    this.#expect(entry, 'probing')
    const { examination } = entry
    if (isSound) this.#passed(entry, now)
    else this.#close(entry, reasonToFail(examination), now)
    this.#settle(now)
    this.#proven = undefined
    this.#leave(now)
  }

  /**
   * It has stayed idle to the end of a turn. From now on the time of the turn in which somebody asks for it will not do
   * to tell how long that was: it takes a thought.
   */
  rested(entry: Entry<C>): void {
    entry.freeUntil = -Infinity
  }

  /** A lease ended clean and nothing but rest, or the next in the queue, can follow: answers whether that was so. */
  cameBackClean(entry: Entry<C>, now: number): boolean {
    if (!this.#isHushed || entry.state !== 'leased' || entry.generation !== this.#generation) return false
    if (now >= entry.expiresAt || entry.uses >= this.#maxUses) return false
    if (this.#queue.length > 0) return this.#handOver(entry, now)
    entry.state = 'idle'
    entry.idleSince = now
    entry.freeUntil = this.#hasProbe || entry.keeper !== undefined ? this.#fitness.freeUntil(entry) : entry.expiresAt
    this.roster.idle.push(entry)
    if (this.#alarm.isLaterThan(now + this.#idleLookMs)) this.#alarm.wakeBy(now + this.#idleLookMs)
    return true
  }

  /** From hand to hand, without a rest in between. */
  #handOver(entry: Entry<C>, now: number): boolean {
    const first = this.#queue.first
    if (first === undefined || this.#fitness.probesAlways || first.deadline <= now) return false
    this.#queue.shiftFirst(first)
    entry.idleSince = now
    entry.since = now
    entry.uses++
    if (this.#watchesLeases) this.#watchLease(entry)
    if (this.#queue.length === 0) this.#health.nobodyWaits()
    this.#effects.grant(first, entry)
    return true
  }

  /**
   * A lease ended: clean, or with the reason why the connection must be closed. `writing`: clean but for bytes that are
   * on their way out.
   */
  released(entry: Entry<C>, flaw: CloseReason | 'writing' | undefined, now: number): void {
    this.#enter()
    this.#expect(entry, 'leased')
    const isWriting = flaw === 'writing'
    const reason = (isWriting ? undefined : flaw) ?? this.#reasonToRetire(entry, now)
    if (flaw === undefined || isWriting) this.#health.served(entry.since, now)
    if (reason !== undefined) {
      this.#close(entry, reason, now)
    } else {
      entry.idleSince = now
      if (isWriting) this.#startExamination(entry, 'flush', now)
      else if (this.#rules.hasReset) this.#startExamination(entry, 'reset', now)
      else this.#rest(entry, now)
    }
    this.#settle(now)
    this.#leave(now)
  }

  /** The endpoint failed somebody who had a connection to it, since `since`. */
  endpointFailed({ id }: Entry<C>, since: number, now: number): void {
    this.#enter()
    const use = { id, newest: this.roster.lastId, since }
    if (this.#health.failedUser(use, now)) this.#refuseAll('DIAL_FAILED', now)
    this.#settle(now)
    this.#leave(now)
  }

  /** The user's rule wants the breaker open. */
  condemned(now: number): void {
    if (this.#lifecycle === 'stopped') return
    this.#enter()
    if (this.#health.condemned(this.roster.lastId, now)) this.#refuseAll('DIAL_FAILED', now)
    this.#settle(now)
    this.#leave(now)
  }

  /** The breaker is held open until `endIsolation` was told as often. Those who wait go: no dial will serve them. */
  isolate(now: number): void {
    if (this.#lifecycle === 'stopped') return
    this.#enter()
    this.#health.isolate(this.roster.lastId, now)
    this.#refuseAll('CIRCUIT_OPEN', now)
    this.#settle(now)
    this.#leave(now)
  }

  endIsolation(now: number): void {
    if (this.#lifecycle === 'stopped') return
    this.#enter()
    this.#health.endIsolation(this.roster.lastId, now)
    this.#settle(now)
    this.#leave(now)
  }

  detached(entry: Entry<C>, now: number): void {
    this.#enter()
    this.#expect(entry, 'leased')
    this.counts.endedOtherwise++
    this.roster.remove(entry)
    this.#settle(now)
    this.#leave(now)
  }

  /** The connection ended by itself, or spoke out of turn. */
  lost(entry: Entry<C>, reason: CloseReason, draw: number, now: number): void {
    if (entry.state === 'closing' || entry.state === 'gone') return
    this.#enter()
    const isEarly = entry.uses === 0
    if (entry.state === 'leased') this.#takeBack(entry, 'lost')
    else if (isEarly) this.#health.diedEarly(draw, now)
    this.#close(entry, reason, now)
    this.#settle(now)
    this.#leave(now)
  }

  /** A dial that was given up has brought a connection: closing that has the whole of its time, however late it came. */
  openedInVain(entry: Entry<C>, now: number): void {
    this.#enter()
    this.#expect(entry, 'closing')
    entry.since = now
    this.#leave(now)
  }

  closed(entry: Entry<C>, now: number): void {
    if (entry.state === 'gone') return
    this.#enter()
    this.#expect(entry, 'closing')
    this.roster.remove(entry)
    this.#settle(now)
    this.#leave(now)
  }

  /** The time asked for by `wakeAt` has come. */
  tick(draw: number, now: number): void {
    if (this.#lifecycle === 'stopped') return
    this.#enter()
    const how = this.#alarm.wentOff(now)
    if (how === 'late') this.#effects.afterPoll()
    if (how === 'due') this.#passTime(draw, now)
    this.#leave(now)
  }

  /** Pending I/O has had its turn after a late tick. */
  polled(draw: number, now: number): void {
    if (this.#lifecycle === 'stopped') return
    this.#enter()
    this.#passTime(draw, now)
    this.#alarm.endGrace() // not before: what is given up late is not held against the endpoint
    this.#leave(now)
  }

  /** Until told otherwise, have at least so many connections open, as if `minSize` were that high. */
  warm(count: number, now: number): void {
    this.#enter()
    this.#warmTo = count
    this.#settle(now)
    this.#leave(now)
  }

  resize(limits: { readonly minSize: number; readonly maxSize: number }, now: number): void {
    this.#enter()
    this.#minSize = limits.minSize
    this.#maxSize = limits.maxSize
    this.#closeSurplus(now)
    this.#settle(now)
    this.#leave(now)
  }

  /** Keeps at most so many connections: idle ones over that close now, leased ones when they come back. */
  limitTo(allowance: number, now: number): void {
    this.#enter()
    this.#allowance = allowance
    this.#closeSurplus(now)
    this.#settle(now)
    this.#leave(now)
  }

  clear(now: number): void {
    this.#enter()
    this.#generation++
    this.#closeIdle('cleared', now)
    this.#settle(now)
    this.#leave(now)
  }

  pause(): void {
    this.#enter()
    this.#isPaused = true
    this.#leave(-Infinity)
  }

  resume(now: number): void {
    this.#enter()
    this.#isPaused = false
    this.#settle(now)
    this.#leave(now)
  }

  /** Serves nobody any more; leases have until `deadline`. Called again, it can only shorten that. */
  drain(deadline: number, now: number): void {
    if (this.#lifecycle === 'stopped') return
    this.#enter()
    this.#lifecycle = 'draining'
    this.#drainDeadline = Math.min(this.#drainDeadline, deadline)
    this.#refuseAll('POOL_CLOSED', now)
    this.#closeIdle('pool-closed', now)
    for (const entry of this.roster.entries) {
      if (entry.state === 'dialing') this.#giveUpDial(entry, 'pool-closed', now)
      if (entry.state === 'probing') this.#close(entry, 'pool-closed', now)
    }
    if (this.#drainDeadline <= now) this.#cut(now)
    else this.#alarm.wakeBy(this.#drainDeadline)
    this.#settle(now)
    this.#leave(now)
  }

  // --- deciding ---

  #settle(now: number): void {
    if (this.#lifecycle !== 'running') return this.#settleDrain()
    if (this.#isPaused) return
    this.#serve(now)
    this.#refuseIfHopeless(now)
    while (this.#mayDial(now)) this.#dial(undefined, now)
    if (this.#queue.length === 0) this.#health.nobodyWaits()
  }

  #settleDrain(): void {
    if (this.#lifecycle !== 'draining' || this.roster.size > 0) return
    this.#lifecycle = 'stopped'
    this.#effects.drained()
  }

  #serve(now: number): void {
    while (this.#queue.length > 0 && this.#lifecycle === 'running' && !this.#isPaused) {
      const entry = this.#nextSound(now)
      if (entry === undefined) return
      const fit = this.#isFit(entry, now) ? entry : this.#fit(now)
      if (fit !== undefined) this.#grantToFirst(fit, now)
      else if (this.roster.probing < this.#queue.length) this.#examineFor(entry, now)
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
    for (let entry = this.#nextIdle; entry !== undefined; entry = this.#nextIdle) {
      const reason = now >= entry.expiresAt ? 'lifetime' : this.#flaw(entry)
      if (reason === undefined) return entry
      this.#close(entry, reason, now)
    }
    return undefined
  }

  /** What has just been proved sound goes first, whatever the order: the proof holds for this event only. */
  get #nextIdle(): Entry<C> | undefined {
    return this.#proven?.state === 'idle' ? this.#proven : this.roster.idle.next
  }

  #flaw(entry: Entry<C>): CloseReason | undefined {
    return entry.keeper === undefined ? undefined : this.#effects.flaw(entry)
  }

  /** One that needs no examination is lent before one that does, whatever the order: nobody waits while it idles. */
  #fit(now: number): Entry<C> | undefined {
    if (this.#fitness.probesAlways) return undefined
    for (const entry of this.roster.idle) {
      if (now < entry.expiresAt && this.#isFit(entry, now) && this.#flaw(entry) === undefined) return entry
    }
    return undefined
  }

  #isFit(entry: Entry<C>, now: number): boolean {
    return entry === this.#proven || this.#fitness.examinationFor(entry, now) === undefined
  }

  #examineFor(entry: Entry<C>, now: number): void {
    this.#startExamination(entry, this.#fitness.examinationFor(entry, now) ?? 'probe', now)
  }

  #mayLendAtOnce(entry: Entry<C>, mayBeStale: boolean, now: number): boolean {
    const examination = this.#fitness.examinationFor(entry, now)
    if (examination === undefined) return true
    return mayBeStale && examination === 'turn' && !this.#fitness.needsProbe(entry, now)
  }

  #lend(entry: Entry<C>, now: number): void {
    this.roster.idle.remove(entry)
    entry.state = 'leased'
    entry.since = now
    entry.uses++
    if (entry.isFresh) this.#noteMiss(entry)
    if (this.#watchesLeases) this.#watchLease(entry)
  }

  #noteMiss(entry: Entry<C>): void {
    entry.isFresh = false
    entry.dialedForUse = entry.uses
    this.counts.misses++
  }

  #watchLease(entry: Entry<C>): void {
    entry.hasWarned = false
    this.#wakeFor(entry)
  }

  // --- dialing ---

  #mayDial(now: number): boolean {
    if (!this.hasRoom || !this.#isDialWanted(now)) return false
    if (this.#health.mayDial(this.roster.dialing, now)) return true
    this.#alarm.wakeBy(this.#health.heldBackUntil(this.roster.dialing, now))
    return false
  }

  #isDialWanted(now: number): boolean {
    const { dialing, probing, total } = this.roster
    if (this.#floor > total + dialing) return true
    return this.#queue.length > dialing + probing && this.#queue.countInTime(now) > dialing + probing
  }

  #dial(replaces: Entry<C> | undefined, now: number): void {
    const entry = this.roster.add(this.#generation, now)
    entry.replaces = replaces
    this.counts.dials++
    this.#wakeFor(entry)
    this.#health.dialing()
    this.#effects.dial(entry)
  }

  #giveUpDial(entry: Entry<C>, why: GivenUp, now: number): void {
    this.counts.dialFailures++
    this.roster.move(entry, 'closing', now)
    this.#wakeFor(entry)
    this.#effects.giveUpDial(entry, why)
    this.#closeReplaced(entry, now)
  }

  #noteDialFailure(entry: Entry<C>, { isLocal, draw }: { isLocal: boolean; draw: number }, now: number): void {
    const failure = { id: entry.id, newest: this.roster.lastId, draw, isLocal }
    if (this.#health.failed(failure, now)) this.#refuseAll('DIAL_FAILED', now)
  }

  /** An open breaker has refused those who waited; whoever was let in since has nobody left who could serve him. */
  #refuseIfHopeless(now: number): void {
    if (this.#health.state === 'closed' || this.#queue.length === 0) return
    const { dialing, probing, idle } = this.roster
    if (dialing + probing + idle.length > 0 || this.#health.mayTry(0, now)) return
    this.#refuseAll(this.#health.isIsolated ? 'CIRCUIT_OPEN' : 'DIAL_FAILED', now)
  }

  // --- refusing ---

  #refusalAtDoor(waiter: Waiter<C>, now: number): Refusal | undefined {
    if (this.#lifecycle !== 'running') return 'POOL_CLOSED'
    if (!this.#isPaused && !this.#isLetIn(now)) return 'CIRCUIT_OPEN'
    if (waiter.deadline <= now) return 'ACQUIRE_TIMEOUT'
    return this.#queue.length >= this.#rules.maxWaiting + this.#prospects ? 'QUEUE_FULL' : undefined
  }

  /** How many callers may hope beside those who just wait: for a dial, or for an idle connection once it is examined. */
  get #prospects(): number {
    const { total, idle } = this.roster
    return Math.max(0, this.#maxSize - total) + (this.#isPaused ? 0 : idle.length)
  }

  /** While the endpoint is down: only whom an open connection can serve, and those whose dial tries it again. */
  #isLetIn(now: number): boolean {
    if (this.#health.state === 'closed') return true
    const { probing, dialing, idle } = this.roster
    const unserved = this.#queue.length - idle.length - probing
    return unserved < 0 || this.#health.mayTry(Math.max(dialing, unserved), now)
  }

  #refuseAll(refusal: Refusal, now: number): void {
    for (let waiter = this.#queue.shift(); waiter !== undefined; waiter = this.#queue.shift()) {
      this.#refuse(waiter, refusal, now)
    }
  }

  #refuse(waiter: Waiter<C>, refusal: Refusal, now: number): void {
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
    this.roster.move(entry, 'idle', now)
    entry.freeUntil = this.#fitness.freeUntil(entry)
    this.#wakeFor(entry)
  }

  #reasonToRetire(entry: Entry<C>, now: number): CloseReason | undefined {
    if (this.#lifecycle !== 'running') return 'pool-closed'
    if (entry.generation !== this.#generation) return 'cleared'
    if (entry.uses >= this.#maxUses) return 'max-uses'
    if (now >= entry.expiresAt) return 'lifetime'
    return this.#mustShrink ? 'shrunk' : undefined
  }

  /** By its own limits, or because those that share its slots have too many together. */
  get #mustShrink(): boolean {
    return this.#isTooLarge || this.#slots?.isOverdrawn === true
  }

  get #isTooLarge(): boolean {
    return this.roster.size - this.roster.closing > Math.min(this.#maxSize, this.#allowance)
  }

  #closeSurplus(now: number): void {
    for (let idle = this.roster.idle.oldest; this.#isTooLarge && idle !== undefined; idle = this.roster.idle.oldest) {
      this.#close(idle, 'shrunk', now)
    }
  }

  #startExamination(entry: Entry<C>, examination: Examination, now: number): void {
    this.roster.examine(entry, examination, now)
    if (examination === 'probe' || examination === 'background') this.counts.probes++
    this.#wakeFor(entry)
    this.#effects.examine(entry)
  }

  #passed(entry: Entry<C>, now: number): void {
    switch (entry.examination) {
      case 'turn':
        entry.turnedAt = now
        if (!this.#fitness.needsProbe(entry, now)) this.#proven = entry
        else if (this.#queue.length > 0 && !this.#isPaused) return this.#startExamination(entry, 'probe', now)
        break
      case 'flush':
        if (this.#rules.hasReset) return this.#startExamination(entry, 'reset', now)
        break
      case 'reset':
        break
      case 'probe':
      case 'background':
        this.counts.probesPassed++
        entry.checkedAt = now
        this.#proven = entry
    }
    this.#comeBack(entry, now)
  }

  #close(entry: Entry<C>, reason: CloseReason, now: number): void {
    if (reason === 'probe-failed') this.counts.probeFailures++
    this.counts.closed[reason]++
    entry.closeReason = reason
    this.#startClosing(entry, now)
  }

  #startClosing(entry: Entry<C>, now: number): void {
    this.roster.move(entry, 'closing', now)
    this.#wakeFor(entry)
    this.#effects.close(entry, entry.closeReason)
  }

  #closeIdle(reason: CloseReason, now: number): void {
    for (let entry = this.#nextIdle; entry !== undefined; entry = this.#nextIdle) this.#close(entry, reason, now)
  }

  #cut(now: number): void {
    this.#drainDeadline = Infinity
    for (const entry of this.roster.entries) {
      if (entry.state !== 'leased') continue
      this.#takeBack(entry, 'pool-closed')
      this.#close(entry, 'taken-back', now)
    }
  }

  #takeBack(entry: Entry<C>, why: TakenBack): void {
    if (why === 'lost') this.counts.lost++
    else this.counts.endedOtherwise++
    this.#effects.endLease(entry, why)
  }

  // --- time ---

  #dueOf(entry: Entry<C>): Due {
    return this.#agenda.next(entry, this.#survey())
  }

  #wakeFor(entry: Entry<C>): void {
    this.#alarm.wakeBy(this.#dueOf(entry).at)
  }

  #passTime(draw: number, now: number): void {
    for (let due = this.#queue.firstDue; due !== undefined && due.deadline <= now; due = this.#queue.firstDue) {
      this.#refuse(due, 'ACQUIRE_TIMEOUT', now) // still in its place, so that it can be told what it waited for
      this.#queue.remove(due)
    }
    const { entries } = this.roster
    for (let index = entries.length - 1; index >= 0; index--) this.#keepHouse(entries[index], draw, now)
    if (this.#drainDeadline <= now) this.#cut(now)
    this.#settle(now)
    this.#rearm(now)
  }

  #keepHouse(entry: Entry<C> | undefined, draw: number, now: number): void {
    if (entry === undefined) return
    for (let due = this.#dueOf(entry); due.at <= now; due = this.#dueOf(entry)) this.#meet(due.demand, entry, draw, now)
  }

  #meet(demand: Demand, entry: Entry<C>, draw: number, now: number): void {
    switch (demand) {
      case 'give-up-dial':
        return this.#dialTimedOut(entry, draw, now)
      case 'retire':
        return this.#retire(entry, now)
      case 'close-idle':
        return this.#close(entry, 'idle-timeout', now)
      case 'probe':
        return this.#startExamination(entry, 'background', now)
      case 'fail-examination':
        return this.#close(entry, reasonToFail(entry.examination), now)
      case 'take-back':
        this.#takeBack(entry, 'lease-time')
        return this.#close(entry, 'taken-back', now)
      case 'warn':
        entry.hasWarned = true
        return this.#effects.warnOfLeak(entry)
      case 'replace':
        return this.#replace(entry, now)
      case 'abandon':
        this.#effects.abandon(entry)
        return this.roster.remove(entry)
    }
  }

  #dialTimedOut(entry: Entry<C>, draw: number, now: number): void {
    const isLocal = this.#alarm.isGracing
    this.#giveUpDial(entry, isLocal ? 'stalled' : 'timeout', now)
    this.#noteDialFailure(entry, { isLocal, draw }, now)
  }

  /** Closes an aged idle connection; one that will be missed is replaced first, if there is room for both. */
  #retire(entry: Entry<C>, now: number): void {
    const isMissed = this.roster.total <= this.#floor || now - entry.idleSince < RECENT_MS
    if (isMissed && this.#mayReplace(now)) this.#replace(entry, now)
    else this.#close(entry, 'lifetime', now)
  }

  /** Dials in time for an aged connection that is to be closed, if that may be; tried once. */
  #replace(entry: Entry<C>, now: number): void {
    entry.isBeingReplaced = true
    if (this.#mayReplace(now)) this.#dial(entry, now)
  }

  #mayReplace(now: number): boolean {
    if (this.#lifecycle !== 'running' || this.#isPaused || !this.hasRoom) return false
    return this.#health.mayDial(this.roster.dialing, now)
  }

  #closeReplaced(replacement: Entry<C>, now: number): void {
    const aged = replacement.replaces
    replacement.replaces = undefined
    if (aged?.state === 'idle') this.#close(aged, 'lifetime', now)
  }

  /** Sets the alarm anew for whatever is due first. */
  #rearm(now: number): void {
    if (this.#lifecycle === 'stopped') return
    let due = Math.min(this.#queue.firstDue?.deadline ?? Infinity, this.#drainDeadline)
    const surroundings = this.#survey()
    for (const entry of this.roster.entries) due = Math.min(due, this.#agenda.next(entry, surroundings).at)
    this.#alarm.wakeBy(Math.max(due, now))
  }

  /** Background probes take at most a tenth of the connections (at least one) out of service at a time. */
  #survey(): Surroundings {
    const { total, background } = this.roster
    const mayProbe = !this.#isPaused && (background === 0 || background * 10 < total)
    return { hasSurplus: total > this.#floor, mayProbe }
  }

  get #floor(): number {
    return Math.max(this.#minSize, this.#warmTo)
  }

  // --- guarding ---

  /** Nothing works any more: a rule was broken. The shell ends what there is. */
  halt(): void {
    this.#lifecycle = 'stopped'
    this.#isCalm = false
    this.#isHushed = false
    this.#isInEvent = false
  }

  #enter(): void {
    if (this.#isInEvent) throw new Error('bug: an effect called back into the machine in the same turn')
    this.#isInEvent = true
  }

  #leave(now: number): void {
    this.#isInEvent = false
    this.#noteSurroundings(now)
    this.#isCalm =
      this.#lifecycle === 'running' &&
      !this.#isPaused &&
      !this.#rules.hasReset &&
      !this.#mustShrink &&
      this.#health.isCalm
    this.#isHushed = this.#isCalm && !this.#health.countsSuccesses
  }

  /** What only now can come due for some connection was not in the alarm yet. */
  #noteSurroundings(now: number): void {
    const before = this.#surroundings
    const after = this.#survey()
    this.#surroundings = after
    if ((after.hasSurplus && !before.hasSurplus) || (after.mayProbe && !before.mayProbe)) this.#rearm(now)
  }

  #expect(entry: Entry<C>, state: EntryState): void {
    if (entry.state === state) return
    this.#isInEvent = false
    throw new Error(`bug: connection ${entry.id} is ${entry.state}, expected ${state}`)
  }
}

function reasonToFail(examination: Examination): CloseReason {
  switch (examination) {
    case 'flush':
      return 'dirty'
    case 'reset':
      return 'reset-failed'
    case 'turn':
    case 'probe':
    case 'background':
      return 'probe-failed'
  }
}
