import { NestedUse } from '../affinity/nested-use.ts'
import { Breaker, type BreakerOwner } from '../breaker/breaker.ts'
import type { BreakerState, Outcome } from '../breaker/breaker-rule.ts'
import { type Clock, SystemClock, systemClock } from '../clock.ts'
import type { Holder, PoolError } from '../errors.ts'
import { afterPoll } from '../health/poll-turn.ts'
import type { Keeper, Loss } from '../health/keeper.ts'
import type { CloseReason, PoolStats } from '../metrics/stats.ts'
import { stackHere } from '../stack-here.ts'
import { AbortGroup, type Canceller } from './abort-group.ts'
import { asError } from './as-error.ts'
import { Closer, type Manner } from './closer.ts'
import { type CloseReport, Closing } from './closing.ts'
import { Dialing, type DialListener } from './dialing.ts'
import type { Entry } from './entry.ts'
import { Examining } from './examining.ts'
import { Hooks } from './hooks.ts'
import { Journal } from './journal.ts'
import { endLease, entryBehind, Lease, type LeaseEnd, type LeaseOwner, tellHolder } from './lease.ts'
import { isHeld, isLastLeftToHolders } from './left-to-holders.ts'
import { nestedErrorFor } from './nested-error.ts'
import { openerOf } from './opener.ts'
import type { LeaseOutcome, Patron } from './patron.ts'
import type { GivenUp, PoolEffects, Refusal, TakenBack } from './pool-effects.ts'
import { PoolMachine } from './pool-machine.ts'
import type { AcquireOptions, ResolvedPoolOptions } from './pool-options.ts'
import { statsOf } from './pool-stats.ts'
import { asksToOpen } from './rule-call.ts'
import {
  acquireTimedOut,
  circuitIsOpen,
  dialHasFailed,
  leaseWasEnded,
  poolIsClosed,
  probeHasFailed,
  refusalError,
  type RefusalFacts,
} from './refusals.ts'
import { Transitions } from './transitions.ts'
import { TurnEnd, wake } from './turn-end.ts'
import { promiseOfLease, takeWaiter, type Waiter } from './waiter.ts'
import { WarmUps } from './warm-ups.ts'
import { warnOfBug } from './warn-of-bug.ts'

const MOST_HOLDERS = 5
/** A wait of at least this long may be counted from the last reading of the clock in this turn of the loop. */
const LONG_MS = 1_000

/** The numbers that all who are refused in one event are told. */
interface Snapshot {
  readonly event: number
  readonly stats: PoolStats
  holders: readonly Holder[] | undefined
}

/**
 * The wires of a pool: turns calls, sockets, timers and promises into events for the rules, and their effects into
 * actions. It decides nothing.
 */
export class PoolWires<C> implements PoolEffects<C>, LeaseOwner<C>, DialListener<C>, Canceller<Waiter<C>> {
  readonly endpointText: string
  readonly machine: PoolMachine<C>
  readonly journal: Journal<C>
  /** There only where nested acquires are looked for. */
  readonly nestedUse: NestedUse<Lease<C>> | undefined
  readonly breaker: Breaker | undefined
  readonly #options: ResolvedPoolOptions<C>
  readonly #patron: Patron | undefined
  readonly #clock: Clock
  readonly #transitions: Transitions
  readonly #hooks: Hooks
  readonly #closer: Closer<C>
  readonly #dialing: Dialing<C>
  readonly #examining: Examining<C>
  readonly #turnEnd: TurnEnd<C>
  readonly #warmUps: WarmUps
  readonly #recordsStacks: boolean
  readonly #stacks = new WeakMap<Waiter<C>, string>()
  #timer: Disposable | undefined
  #closing: Closing | undefined
  #bug: Error | undefined
  #lastDialError: Error | undefined
  #snapshot: Snapshot | undefined

  /** `patron`: whose part this pool is, if it is not one by itself. */
  constructor(options: ResolvedPoolOptions<C>, patron?: Patron) {
    this.#options = options
    this.#patron = patron
    this.#clock = options.clock ?? systemClock
    this.endpointText = options.endpoint?.text ?? 'custom'
    this.#recordsStacks = options.leakWarnMs !== Infinity || options.maxLeaseMs !== Infinity
    this.#transitions = new Transitions((bug) => this.#stopForBug(bug))
    this.journal = new Journal({ pool: options.name, endpoint: this.endpointText }, options.observer, this.#transitions)
    this.nestedUse = options.nestedAcquire === 'off' ? undefined : new NestedUse(options.nestedAcquire, isHeld)
    this.#hooks = new Hooks(options.endpointGiven)
    this.#closer = new Closer(this.#hooks, options.closeConnection)
    const tools = { hooks: this.#hooks, closer: this.#closer, listener: this }
    this.#dialing = new Dialing(options, openerOf(options, this.#hooks), tools)
    this.#examining = new Examining(options, this.#hooks, (entry, error, flaw) => this.#examined(entry, error, flaw))
    this.#warmUps = new WarmUps(() => this.#run((now) => this.machine.warm(this.#warmUps.target, now)))
    this.#turnEnd = new TurnEnd(
      () => this.#isAwaited,
      (entry) => this.machine.rested(entry),
    )
    const rules = { ...options, hasProbe: options.probe !== undefined, hasReset: options.reset !== undefined }
    this.machine = new PoolMachine(rules, this, patron?.slots)
    this.breaker = options.breaker && new Breaker(this.#breakerOwner())
    queueMicrotask(() => this.look())
  }

  /** What callers of a pool that is closing or closed are told. */
  closedError(): PoolError {
    return poolIsClosed(this.endpointText, this.#bug ?? this.#closing?.reason)
  }

  /** Why it has stopped, if a rule was broken: it lends nothing any more. */
  get bug(): Error | undefined {
    return this.#bug
  }

  get lastDialError(): Error | undefined {
    return this.#lastDialError
  }

  /** For decisions that a long turn of the loop would falsify. */
  freshNow(): number {
    return this.#clock instanceof SystemClock ? this.#clock.fresh() : this.#clock.now()
  }

  // --- acquiring ---

  /** The common case: an idle connection that may be lent without a thought. */
  acquireAtOnce(): Lease<C> | undefined {
    const entry = this.machine.takeAtOnce(this.#clock.now())
    return entry === undefined ? undefined : this.#lend(entry)
  }

  acquire(options: AcquireOptions | undefined): Promise<Lease<C>> {
    const signal = options?.signal
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error)
    const mayBeStale = options?.timeoutMs === 0 // who cannot wait a turn gets what tryAcquire() would give him
    const lease = this.acquireAtOnce() ?? (this.machine.hasIdle ? this.take(mayBeStale) : undefined)
    return lease === undefined ? this.#wait(options) : Promise.resolve(lease)
  }

  take(mayBeStale: boolean): Lease<C> | undefined {
    let entry: Entry<C> | undefined
    this.#run((now) => {
      entry = this.machine.take(mayBeStale, now)
    })
    return entry === undefined ? undefined : this.#lend(entry)
  }

  cancel(waiter: Waiter<C>, reason: unknown): void {
    this.#transitions.run(() => this.machine.cancel(waiter))
    waiter.reject(reason)
    this.journal.refused(this.#clock.now() - waiter.since, reason)
    this.#transitions.flush()
    this.#turnEnd.touch()
    this.#patron?.changed()
  }

  /** Looks again at what is to be done. */
  look(): void {
    this.#run((now) => this.machine.look(now))
  }

  // --- asked by a patron ---

  /** Queues a waiter that somebody else has made; it may be answered before this returns. */
  ask(waiter: Waiter<C>): void {
    this.#transitions.run(() => this.machine.acquire(waiter, this.freshNow()))
    this.#turnEnd.touch()
  }

  /** Keeps at most so many connections for now, whatever its own limit; `Infinity`: that alone counts again. */
  limitTo(allowance: number): void {
    this.#run((now) => this.machine.limitTo(allowance, now))
  }

  /** Tells observers of a caller of the patron who waits, or who was refused. Not now: this may be a pool's event. */
  tellWaiting(waiting: number): void {
    if (this.journal.hearsWaiting) this.#tellSoon(() => this.journal.waiting(waiting))
  }

  tellRefused(waitedMs: number, error: unknown): void {
    if (this.journal.hearsRefused) this.#tellSoon(() => this.journal.refused(waitedMs, error))
  }

  #tellSoon(tell: () => void): void {
    queueMicrotask(() => {
      tell()
      this.#transitions.flush()
    })
  }

  /** Takes it out again; nobody is to answer it. */
  withdraw(waiter: Waiter<C>): void {
    this.#transitions.run(() => this.machine.cancel(waiter))
    this.#turnEnd.touch()
  }

  #wait(options: AcquireOptions | undefined): Promise<Lease<C>> {
    const promise = promiseOfLease<C>()
    const waiter = takeWaiter<C>()
    const timeoutMs = options?.timeoutMs ?? this.#options.acquireTimeoutMs
    const now = timeoutMs < LONG_MS ? this.freshNow() : this.#clock.now()
    waiter.since = now
    waiter.timeoutMs = timeoutMs
    if (this.#recordsStacks) this.#stacks.set(waiter, stackHere())
    if (!this.machine.queued(waiter, now)) this.#transitions.run(() => this.machine.acquire(waiter, now))
    if (!waiter.isSettled && this.nestedUse !== undefined) this.#reportNested(waiter, this.nestedUse)
    if (waiter.isSettled) return promise
    if (options?.signal !== undefined) AbortGroup.join(options.signal, waiter, this)
    if (this.journal.hearsWaiting) {
      this.journal.waiting(this.machine.waiting)
      this.#transitions.flush()
    }
    this.#turnEnd.touch()
    this.#patron?.changed()
    return promise
  }

  #reportNested(waiter: Waiter<C>, nestedUse: NestedUse<Lease<C>>): void {
    if (!isLastLeftToHolders(this.machine)) return
    const calledAs = this.acquire // oxlint-disable-line typescript/unbound-method -- it is looked for, not called
    const { endpointText: endpoint } = this
    const error = nestedErrorFor({ nestedUse, since: waiter.since, endpoint, stats: () => this.stats(), calledAs })
    if (error !== undefined) this.cancel(waiter, error)
  }

  #lend(entry: Entry<C>): Lease<C> {
    const lease = this.#lease(entry)
    if (this.#recordsStacks) entry.stack = stackHere()
    if (this.journal.hearsAcquired) {
      this.journal.acquired(entry, 0)
      this.#transitions.flush()
    }
    return lease
  }

  #lease(entry: Entry<C>): Lease<C> {
    if (entry.isResting) wake(entry)
    const lease = new Lease<C>(this, entry)
    entry.lease = lease
    if (!entry.isListedForRest) this.#turnEnd.touch()
    return lease
  }

  // --- releasing ---

  release(lease: Lease<C>, entry: Entry<C>): void {
    if (entry.lease !== lease) return this.#endedLost('released')
    this.machine.counts.released++
    const now = this.#clock.now()
    const isHeard = this.journal.hearsReleased
    const heldMs = now - entry.since
    if (isHeard || heldMs !== 0) this.journal.released(entry, 'released', now)
    const flaw = entry.keeper === undefined ? undefined : flawAtRelease(entry.keeper)
    if (flaw !== undefined || !this.machine.cameBackClean(entry, now)) this.#releasedSlow(entry, flaw, now)
    if (!entry.isListedForRest && entry.state === 'idle') this.#turnEnd.restLater(entry)
    if (isHeard) this.#transitions.flush()
    if (this.#patron !== undefined) this.#tellReleased(this.#patron, heldMs, now)
  }

  discard(lease: Lease<C>, entry: Entry<C>, ended: Exclude<LeaseEnd, 'released'>, reason: unknown): void {
    if (entry.lease !== lease) return this.#endedLost('discarded')
    const how = ended === 'dropped' ? 'dropped' : 'discarded'
    this.machine.counts.discarded++
    const now = this.#clock.now()
    const { since } = entry
    this.journal.released(entry, how, now)
    if (reason !== undefined) entry.closeError = asError(reason)
    this.#patron?.leaseEnded(outcomeOf(ended, reason), now - entry.since, now)
    this.#releasedSlow(entry, how, now)
    if (how === 'discarded' && reason !== undefined) this.#endpointFailed(entry, since, asError(reason))
  }

  detach(lease: Lease<C>, entry: Entry<C>): void {
    if (entry.lease !== lease) return this.#endedLost('endedOtherwise')
    entry.lease = undefined
    entry.keeper?.forget()
    entry.unwatch?.()
    this.#dialing.forget(entry)
    this.journal.released(entry, 'detached', this.#clock.now())
    this.#run((now) => this.machine.detached(entry, now))
  }

  countLateRelease(): void {
    this.machine.counts.lateReleases++
  }

  /** Its connection is gone since; that its holder ends it now is not late. */
  #endedLost(how: 'released' | 'discarded' | 'endedOtherwise'): void {
    const { counts } = this.machine
    counts.lost--
    counts[how]++
  }

  #releasedSlow(entry: Entry<C>, flaw: CloseReason | 'writing' | undefined, now: number): void {
    entry.lease = undefined
    this.#transitions.run(() => this.machine.released(entry, flaw, now))
    if (flaw !== undefined) this.#patron?.changed()
  }

  #tellReleased(patron: Patron, heldMs: number, now: number): void {
    if (!patron.hearsReleases && heldMs === 0) return
    patron.leaseEnded('clean', heldMs, now)
    patron.changed()
  }

  #endpointFailed(entry: Entry<C>, since: number, reason: Error): void {
    this.#lastDialError = reason
    this.#run((now) => this.machine.endpointFailed(entry, since, now))
  }

  // --- lending on, inside a pin ---

  leaseOn(base: Lease<C>, owner: LeaseOwner<C>): Lease<C> {
    return new Lease(owner, entryBehind(base))
  }

  /** Whether the connection may pass to the next user inside the pin. */
  isClean(base: Lease<C>): boolean {
    const { keeper } = entryBehind(base)
    const flaw = keeper && flawAtRelease(keeper)
    return flaw === undefined || (flaw === 'writing' && keeper?.scrub() === true)
  }

  acquireTimer(options: AcquireOptions | undefined, expired: () => void): Disposable | undefined {
    const timeoutMs = options?.timeoutMs ?? this.#options.acquireTimeoutMs
    if (timeoutMs === Infinity) return undefined
    return this.#clock.wakeAt(this.freshNow() + timeoutMs, () => afterPoll(expired))
  }

  pinTimeout(since: number): PoolError {
    const facts = {
      ...this.#facts(since, this.freshNow()),
      stats: this.stats(),
      phase: 'queued' as const,
      cause: undefined,
    }
    return acquireTimedOut(facts, this.holders(MOST_HOLDERS))
  }

  // --- effects ---

  dial(entry: Entry<C>): void {
    this.journal.dialing(entry)
    this.#transitions.later(() => this.#dialing.start(entry))
  }

  giveUpDial(entry: Entry<C>, why: GivenUp): void {
    const error = why === 'pool-closed' ? this.closedError() : this.#dialTimeout()
    if (why === 'pool-closed') this.journal.dialed(entry, error, this.#clock.now())
    else this.#noteDialError(entry, error)
    if (why === 'timeout') this.#patron?.dialFailed(this.#clock.now())
    this.#transitions.later(() => {
      entry.abort?.abort(error)
      if (entry.connection !== undefined) this.#closeEntry(entry, 'now')
    })
  }

  grant(waiter: Waiter<C>, entry: Entry<C>): void {
    const waitMs = entry.since - waiter.since
    if (waitMs > 0) this.journal.waits.record(waitMs)
    waiter.group?.leave(waiter)
    const lease = this.#lease(entry)
    if (this.#recordsStacks) entry.stack = this.#stacks.get(waiter)
    if (this.journal.hearsAcquired) this.journal.acquired(entry, Math.max(0, waitMs))
    waiter.resolve(lease)
  }

  refuse(waiter: Waiter<C>, refusal: Refusal, now: number): void {
    waiter.group?.leave(waiter)
    const { stats, holders } = this.#snapshotNow(refusal === 'ACQUIRE_TIMEOUT')
    const facts = { ...this.#facts(waiter.since, now), stats, phase: this.machine.phaseOf(waiter, now) }
    const error = refusalError(refusal, facts, {
      holders,
      maxWaiting: this.#options.maxWaiting,
      retryAfterMs: this.machine.retryAfterMs(now),
      closedBecause: this.#bug ?? this.#closing?.reason,
    })
    waiter.reject(error)
    this.journal.refused(facts.waitedMs, error)
  }

  flaw({ keeper }: Entry<C>): CloseReason | undefined {
    return keeper?.flaw()
  }

  examine(entry: Entry<C>): void {
    this.#transitions.later(() => this.#examining.start(entry))
  }

  close(entry: Entry<C>, reason: CloseReason | undefined): void {
    if (entry.abort !== undefined) this.#noteTimedOut(entry, reason)
    if (reason !== undefined) this.journal.closed(entry, reason, this.#clock.now())
    this.#transitions.later(() => this.#closeEntry(entry, mannerOf(reason)))
  }

  abandon(entry: Entry<C>): void {
    this.journal.cutOff(entry, this.#clock.now())
    this.#dialing.forget(entry)
    this.#transitions.later(() => this.#closer.cutOff(entry))
  }

  endLease(entry: Entry<C>, why: TakenBack): void {
    const { lease } = entry
    if (lease === undefined) return
    entry.lease = undefined
    if (why === 'lost') this.#patron?.leaseEnded('failed', this.#clock.now() - entry.since, this.#clock.now())
    this.journal.released(entry, why === 'lost' ? 'lost' : 'taken-back', this.#clock.now())
    if (why !== 'lost') endLease(lease)
    if (why === 'pool-closed' && this.#closing !== undefined) this.#closing.cut++
    const reason = this.#reasonOfEnd(entry, why)
    this.#transitions.later(() => tellHolder(lease, reason))
  }

  warnOfLeak(entry: Entry<C>): void {
    const ageMs = this.#clock.now() - entry.since
    const { stack } = entry
    this.journal.leaked(entry, ageMs)
    const warning = `Connection ${entry.id} to ${this.endpointText} has been leased for ${Math.round(ageMs)} ms`
    process.emitWarning(warning, {
      type: 'ConnpoolWarning',
      code: 'CONNPOOL_LEAK',
      ...(stack !== undefined && { detail: stack }),
    })
  }

  wakeAt(time: number): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = this.#hooks.inContext(() => this.#clock.wakeAt(time, this.#onWake))
  }

  afterPoll(): void {
    afterPoll(() => this.#run((now) => this.machine.polled(this.#draw(), now)))
  }

  breakerChanged(state: BreakerState): void {
    if (state === 'closed') this.#lastDialError = undefined
    this.journal.breaker(state, this.#lastDialError, this.#clock.now())
  }

  askRule(outcome: Outcome, state: BreakerState): void {
    const rule = this.#options.breaker?.rule
    if (rule === undefined) return
    this.#transitions.later(() => {
      if (asksToOpen(rule, outcome, state)) this.#run((now) => this.machine.condemned(now))
    })
  }

  drained(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
    this.#transitions.later(() => {
      this.#turnEnd.letGo()
      this.#closing?.finish(this.freshNow())
    })
  }

  // --- what dials and examinations tell ---

  opened(entry: Entry<C>): void {
    entry.abort = undefined
    // While the breaker is open this dial is an older one: why it is open has still to be said.
    if (this.machine.breakerState === 'closed') this.#lastDialError = undefined
    this.journal.dialed(entry, undefined, this.freshNow())
    this.#patron?.dialed(this.#clock.now())
    this.#run((now) => this.machine.dialed(entry, this.#draw(), now))
    this.#warmUps.opened(this.machine.roster.total)
    if (entry.state === 'idle') this.#turnEnd.restLater(entry)
  }

  failed(entry: Entry<C>, error: Error, isLocal: boolean): void {
    this.#noteDialError(entry, error)
    if (!isLocal) this.#patron?.dialFailed(this.#clock.now())
    this.#run((now) => this.machine.dialFailed(entry, { isLocal, draw: this.#draw() }, now))
  }

  openedInVain(entry: Entry<C>): void {
    this.#run((now) => this.machine.openedInVain(entry, now))
    this.#closeEntry(entry, 'now')
  }

  ended(entry: Entry<C>): void {
    if (this.#bug === undefined) return this.#run((now) => this.machine.closed(entry, now))
    if (entry.state !== 'gone') this.machine.roster.remove(entry)
    this.#patron?.changed()
  }

  lost(entry: Entry<C>, why: Loss, error: Error | undefined): void {
    entry.closeError = error
    this.#run((now) => this.machine.lost(entry, why, this.#draw(), now))
  }

  #examined(entry: Entry<C>, error: Error | undefined, flaw: CloseReason | undefined): void {
    const isReset = entry.examination === 'reset'
    if (error !== undefined) entry.closeError = isReset ? error : probeHasFailed(this.endpointText, entry.id, error)
    this.journal.probed(entry, error, this.freshNow())
    this.#run((now) => {
      if (flaw === undefined) this.machine.examined(entry, error === undefined, now)
      else this.machine.lost(entry, flaw, this.#draw(), now)
    })
    if (entry.state === 'idle') this.#turnEnd.restLater(entry)
  }

  #noteDialError(entry: Entry<C>, error: Error): void {
    this.#lastDialError = error
    this.journal.dialed(entry, error, this.#clock.now())
    if (this.#warmUps.length === 0) return
    this.#transitions.later(() => this.#warmUps.failed(dialHasFailed(this.endpointText, error)))
  }

  /** A probe or reset that is still running when its connection is closed for its failure has outlasted its time. */
  #noteTimedOut(entry: Entry<C>, reason: CloseReason | undefined): void {
    const { probeTimeoutMs, resetTimeoutMs } = this.#options
    if (reason === 'reset-failed') entry.closeError ??= new Error(`the reset took longer than ${resetTimeoutMs} ms`)
    if (reason !== 'probe-failed') return
    const error = new Error(`the probe took longer than ${probeTimeoutMs} ms`)
    entry.closeError ??= probeHasFailed(this.endpointText, entry.id, error)
    this.journal.probed(entry, error, entry.since + probeTimeoutMs)
  }

  #dialTimeout(): Error {
    const message = `dialing ${this.endpointText} took longer than ${this.#options.dialTimeoutMs} ms`
    return Object.assign(new Error(message), { code: 'ETIMEDOUT' })
  }

  // --- closing ---

  #closeEntry(entry: Entry<C>, manner: Manner): void {
    entry.abort?.abort(entry.closeError ?? new Error('the connection is being closed'))
    entry.abort = undefined
    this.#closer.close(entry, this.#closing?.isAtOnce === true ? 'now' : manner, () => {
      this.#dialing.forget(entry)
      this.ended(entry)
    })
  }

  #reasonOfEnd(entry: Entry<C>, why: TakenBack): Error {
    if (why === 'pool-closed') return this.#closing?.reason ?? this.closedError()
    const which = { id: entry.id, endpoint: this.endpointText, cause: entry.closeError }
    return leaseWasEnded(which, why, this.#options.maxLeaseMs)
  }

  // --- the pool's own methods ---

  warm(count: number, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error)
    const { lifecycle, roster, breakerState } = this.machine
    if (lifecycle !== 'running') return Promise.reject(this.closedError())
    if (roster.total >= count) return Promise.resolve()
    if (breakerState === 'open') return Promise.reject(this.#circuitError())
    return this.#warmUps.wait(count, signal)
  }

  resize(limits: { minSize: number; maxSize: number }): void {
    this.#run((now) => this.machine.resize(limits, now))
  }

  clear(): void {
    this.#run((now) => this.machine.clear(now))
  }

  pause(): void {
    this.machine.pause()
  }

  resume(): void {
    this.#run((now) => this.machine.resume(now))
  }

  #breakerOwner(): BreakerOwner {
    return {
      report: () => this.machine.breakerReport(this.freshNow()),
      isolate: () => this.#isolate(),
      endIsolation: () => this.#run((now) => this.machine.endIsolation(now)),
    }
  }

  #isolate(): void {
    this.#run((now) => this.machine.isolate(now))
    this.#warmUps.failed(this.#circuitError())
  }

  closePool(graceMs: number, reason: Error | undefined): Promise<CloseReport> {
    const start = this.freshNow()
    const closing = (this.#closing ??= new Closing(this.machine.roster.leased, this.machine.waiting, start))
    if (graceMs === 0) closing.isAtOnce = true
    closing.reason ??= reason
    this.#warmUps.failed(this.closedError())
    this.#run((now) => this.machine.drain(now + graceMs, now))
    if (this.#bug !== undefined) closing.finish(start)
    this.#turnEnd.touch()
    return closing.report
  }

  stats(): PoolStats {
    return statsOf(this.machine)
  }

  /** Who has held a connection longest, longest first. */
  holders(most: number): Holder[] {
    const now = this.#clock.now()
    const leased = this.machine.roster.entries.filter((entry) => entry.state === 'leased')
    leased.sort((one, other) => one.since - other.since)
    return leased.slice(0, most).map(({ id, since, stack }) => ({
      id,
      ageMs: Math.max(0, now - since),
      ...(stack !== undefined && { stack }),
    }))
  }

  #facts(since: number, now: number): Omit<RefusalFacts, 'phase' | 'stats'> {
    return { endpoint: this.endpointText, waitedMs: now - since, cause: this.#lastDialError }
  }

  /** Who is refused in one event together is told the same numbers: counting anew for each would block the loop. */
  #snapshotNow(withHolders: boolean): Snapshot {
    const event = this.#transitions.count
    if (this.#snapshot?.event !== event) this.#snapshot = { event, stats: this.stats(), holders: undefined }
    if (withHolders) this.#snapshot.holders ??= this.holders(MOST_HOLDERS)
    return this.#snapshot
  }

  #circuitError(): PoolError {
    const facts = { endpoint: this.endpointText, cause: this.#lastDialError }
    return circuitIsOpen(facts, this.machine.retryAfterMs(this.freshNow()))
  }

  // --- events ---

  readonly #onWake = (): void => {
    this.#timer = undefined
    this.#run((now) => this.machine.tick(this.#draw(), now))
  }

  get #isAwaited(): boolean {
    const { lifecycle, roster, waiting } = this.machine
    return lifecycle === 'draining' || waiting > 0 || roster.leased > 0 || this.#warmUps.length > 0
  }

  #run(event: (now: number) => void): void {
    if (this.#bug !== undefined) return
    this.#transitions.run(() => event(this.freshNow()))
    this.#turnEnd.touch()
    this.#patron?.changed()
  }

  /** A random number from 0 to 1, for jitter. */
  #draw(): number {
    return this.#options.random()
  }

  /** A pool that has lost count must not lend: it stops, and says so to everybody. */
  #stopForBug(bug: Error): void {
    if (this.#bug !== undefined) return
    this.#bug = bug
    warnOfBug('A pool', bug)
    for (const waiter of this.machine.waiters) waiter.reject(this.closedError())
    for (const entry of this.machine.roster.entries) this.#endForBug(entry, bug)
    this.machine.halt()
    this.#timer?.[Symbol.dispose]()
    this.#turnEnd.letGo()
    this.#closing?.finish(this.freshNow())
    this.#transitions.later(() => this.#patron?.changed())
  }

  /** Its slot is given back when it is gone: others may share it. */
  #endForBug(entry: Entry<C>, bug: Error): void {
    if (entry.state === 'closing') return this.#closer.cutOff(entry)
    this.machine.roster.move(entry, 'closing', this.#clock.now())
    entry.closeError ??= bug
    this.#transitions.later(() => {
      entry.abort?.abort(bug)
      if (entry.connection !== undefined) this.#closeEntry(entry, 'now')
    })
  }
}

/** What keeps a connection from being lent again once its holder has left no trace on it. */
function flawAtRelease(keeper: Keeper): CloseReason | 'writing' | undefined {
  const flaw = keeper.flaw()
  if (flaw !== undefined) return flaw === 'dirty' && keeper.isWriting() ? 'writing' : flaw
  return keeper.scrub() ? undefined : 'dirty'
}

/** A holder who has lost his lease may still write: that must end now. */
function mannerOf(reason: CloseReason | undefined): Manner {
  return reason === 'taken-back' || reason === 'socket-error' || reason === undefined ? 'now' : 'gently'
}

function outcomeOf(ended: Exclude<LeaseEnd, 'released'>, reason: unknown): LeaseOutcome {
  if (reason !== undefined) return 'failed'
  return ended === 'discarded' ? 'closed' : 'threw'
}
