import { Duplex } from 'node:stream'
import { setImmediate } from 'node:timers'

import type { BreakerState } from '../breaker/breaker-machine.ts'
import { type Clock, SystemClock, systemClock } from '../clock.ts'
import { isLocalFailure } from '../dial/local-failure.ts'
import type { Holder } from '../errors.ts'
import { PoolError } from '../errors.ts'
import { afterPoll } from '../health/poll-turn.ts'
import { type Loss, SocketKeeper } from '../health/socket-keeper.ts'
import { Histogram } from '../metrics/histogram.ts'
import type { CloseReason, PoolStats } from '../metrics/stats.ts'
import { AbortGroup, type Canceller } from './abort-group.ts'
import { Closer, type Manner } from './closer.ts'
import { Decisions } from './decisions.ts'
import type { Entry } from './entry.ts'
import { Hooks } from './hooks.ts'
import { KeepAlive } from './keep-alive.ts'
import { endLease, entryBehind, Lease, type LeaseEnd, type LeaseOwner, tellHolder } from './lease.ts'
import { Observation } from './observation.ts'
import { openerOf } from './opener.ts'
import { statsOf } from './pool-stats.ts'
import type { PoolEffects, Refusal, TakenBack } from './pool-effects.ts'
import { PoolMachine } from './pool-machine.ts'
import type { AcquireOptions, HookContext, ResolvedPoolOptions } from './pool-options.ts'
import {
  acquireTimedOut,
  circuitIsOpen,
  dialHasFailed,
  poolIsClosed,
  queueIsFull,
  type RefusalFacts,
} from './refusals.ts'
import { promiseOfLease, takeWaiter, type Waiter } from './waiter.ts'
import { WarmUps } from './warm-ups.ts'

/** What came of closing a pool. */
export interface CloseReport {
  /** Leases that their holders ended in time. */
  readonly drained: number
  /** Leases that were taken back. */
  readonly cut: number
  /** Waiting callers who were refused. */
  readonly refused: number
  readonly elapsedMs: number
}

interface Closing {
  readonly startedAt: number
  readonly promise: Promise<CloseReport>
  readonly resolve: (report: CloseReport) => void
  leased: number
  cut: number
  refused: number
  reason: Error | undefined
}

const MOST_HOLDERS = 5

/**
 * The wires of a pool: turns calls, sockets, timers and promises into events for the rules, and their effects into
 * actions. It decides nothing. What runs user code is put off until the event is over, so that no caller's code ever
 * runs in the middle of a transition.
 */
export class PoolWires<C> implements PoolEffects<C>, LeaseOwner<C>, Canceller {
  readonly endpointText: string
  readonly machine: PoolMachine<C>
  readonly decisions: Decisions = new Decisions()
  readonly waits: Histogram = new Histogram()
  readonly leases: Histogram = new Histogram()
  readonly dials: Histogram = new Histogram()
  readonly observation: Observation
  readonly #options: ResolvedPoolOptions<C>
  readonly #clock: Clock
  readonly #hooks: Hooks
  readonly #closer: Closer<C>
  readonly #open: (context: HookContext) => C | PromiseLike<C>
  readonly #keepAlive = new KeepAlive()
  readonly #warmUps = new WarmUps()
  readonly #known = new WeakSet<object>()
  readonly #recordsStacks: boolean
  readonly #stacks = new WeakMap<Waiter<C>, string>()
  #later: (() => void)[] = []
  #isFlushing = false
  #toRest: Entry<C>[] = []
  #isTurnEndDue = false
  #timer: Disposable | undefined
  #closing: Closing | undefined
  #bug: Error | undefined
  #lastDialError: Error | undefined

  constructor(options: ResolvedPoolOptions<C>) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.endpointText = options.endpoint?.text ?? 'custom'
    this.#hooks = new Hooks(options.endpointGiven)
    this.#closer = new Closer(this.#hooks, options.closeConnection)
    this.#open = openerOf(options)
    this.#recordsStacks = options.leakWarnMs !== Infinity || options.maxLeaseMs !== Infinity
    this.observation = new Observation({ pool: options.name, endpoint: this.endpointText }, options.observer)
    const rules = { ...options, hasProbe: options.probe !== undefined, hasReset: options.reset !== undefined }
    this.machine = new PoolMachine(rules, this)
    queueMicrotask(() => this.#event(() => this.machine.start(this.freshNow())))
  }

  get lastDialError(): Error | undefined {
    return this.#lastDialError
  }

  /** The time as of this turn of the loop, good enough for what has just happened. */
  now(): number {
    return this.#clock.now()
  }

  freshNow(): number {
    return this.#clock instanceof SystemClock ? this.#clock.fresh() : this.#clock.now()
  }

  // --- acquiring ---

  /** The common case: an idle connection that may be lent without a thought. */
  acquireAtOnce(): Lease<C> | undefined {
    const { machine } = this
    const { nextIdle } = machine
    if (nextIdle === undefined) return undefined
    const entry = machine.takeAtOnce(nextIdle.isResting ? this.freshNow() : this.#clock.now())
    return entry === undefined ? undefined : this.#lend(entry)
  }

  acquire(options: AcquireOptions | undefined): Promise<Lease<C>> {
    const signal = options?.signal
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error)
    const lease = this.machine.nextIdle === undefined ? undefined : (this.acquireAtOnce() ?? this.take(false))
    return lease === undefined ? this.#wait(options) : Promise.resolve(lease)
  }

  take(mayBeStale: boolean): Lease<C> | undefined {
    const now = this.freshNow()
    let entry: Entry<C> | undefined
    this.#event(() => {
      entry = this.machine.take(mayBeStale, now)
    })
    return entry === undefined ? undefined : this.#lend(entry)
  }

  #wait(options: AcquireOptions | undefined): Promise<Lease<C>> {
    const promise = promiseOfLease<C>()
    const waiter = takeWaiter<C>()
    const now = this.freshNow()
    waiter.since = now
    waiter.timeoutMs = options?.timeoutMs ?? this.#options.acquireTimeoutMs
    if (this.#recordsStacks) this.#stacks.set(waiter, stackHere())
    if (!this.machine.queued(waiter, now)) this.#event(() => this.machine.acquire(waiter, now))
    if (waiter.isSettled) return promise
    if (options?.signal !== undefined) AbortGroup.join(options.signal, waiter, this)
    if (this.observation.wantsWaiting) this.#tellWaiting()
    this.#touch()
    return promise
  }

  #tellWaiting(): void {
    const { waiting } = this.machine
    this.#tellLater(() => this.observation.tell('waiting', { waiting }))
  }

  cancel(waiter: Waiter<never>, reason: unknown): void {
    const own = waiter as unknown as Waiter<C>
    this.#event(() => this.machine.cancel(own))
    own.reject(reason)
    this.#tellRefused(own, reason, this.now())
  }

  #lend(entry: Entry<C>): Lease<C> {
    if (this.#recordsStacks) entry.stack = stackHere()
    if (this.observation.wantsAcquired) this.#tellAcquired(entry, 0)
    return this.#lease(entry)
  }

  #lease(entry: Entry<C>): Lease<C> {
    if (entry.isResting) this.#wake(entry)
    const lease = new Lease<C>(this, entry)
    entry.lease = lease
    if (!this.#isTurnEndDue) this.#touch()
    return lease
  }

  #tellAcquired({ id: connectionId, uses }: Entry<C>, waitMs: number): void {
    this.#tellLater(() => this.observation.tell('acquired', { connectionId, reused: uses > 1, waitMs }))
  }

  #wake(entry: Entry<C>): void {
    entry.isResting = false
    entry.keeper?.wake()
  }

  // --- lending on, inside a pin ---

  leaseOn(base: Lease<C>, owner: LeaseOwner<C>): Lease<C> {
    return new Lease(owner, entryBehind(base))
  }

  /** Whether the connection may pass to the next user inside the pin. */
  isClean(base: Lease<C>): boolean {
    const { keeper } = entryBehind(base)
    return keeper === undefined || this.#flawAtRelease(keeper) === undefined
  }

  acquireTimer(options: AcquireOptions | undefined, expired: () => void): Disposable | undefined {
    const timeoutMs = options?.timeoutMs ?? this.#options.acquireTimeoutMs
    if (timeoutMs === Infinity) return undefined
    return this.#clock.wakeAt(this.freshNow() + timeoutMs, () => afterPoll(expired))
  }

  pinTimeout(since: number): PoolError {
    const waitedMs = this.freshNow() - since
    const facts: RefusalFacts = {
      endpoint: this.endpointText,
      waitedMs,
      phase: 'queued',
      stats: this.stats(),
      cause: undefined,
    }
    return acquireTimedOut(facts, this.holders(MOST_HOLDERS))
  }

  // --- releasing ---

  release(lease: Lease<C>, entry: Entry<C>): void {
    if (entry.lease !== lease) return
    this.machine.counts.released++
    const now = this.#clock.now()
    if (now !== entry.since || this.observation.wantsReleased) this.#noteLeaseEnd(entry, 'released', now)
    const flaw = entry.keeper === undefined ? undefined : this.#flawAtRelease(entry.keeper)
    if (flaw !== undefined || !this.machine.cameBackClean(entry, now)) this.#releasedSlow(entry, flaw, now)
    if (entry.isListedForRest || entry.state !== 'idle') return
    entry.isListedForRest = true
    this.#toRest.push(entry)
    if (!this.#isTurnEndDue) this.#touch()
  }

  discard(lease: Lease<C>, entry: Entry<C>, how: 'discarded' | 'dropped', reason: unknown): void {
    if (entry.lease !== lease) return
    entry.lease = undefined
    this.machine.counts.discarded++
    const now = this.now()
    this.#noteLeaseEnd(entry, how, now)
    if (reason !== undefined) entry.closeError = asError(reason)
    this.#releasedSlow(entry, how, now)
    if (how === 'discarded' && reason !== undefined) this.#endpointFailed(reason)
  }

  #releasedSlow(entry: Entry<C>, flaw: CloseReason | undefined, now: number): void {
    this.#event(() => this.machine.released(entry, flaw, now))
  }

  detach(lease: Lease<C>, entry: Entry<C>): void {
    if (entry.lease !== lease) return
    entry.lease = undefined
    entry.keeper?.forget()
    this.#forget(entry)
    this.#noteLeaseEnd(entry, 'detached', this.now())
    this.#event(() => this.machine.detached(entry, this.freshNow()))
  }

  countLateRelease(): void {
    this.machine.counts.lateReleases++
  }

  #flawAtRelease(keeper: SocketKeeper): CloseReason | undefined {
    return keeper.flaw() ?? (keeper.scrub() ? undefined : 'dirty')
  }

  #noteLeaseEnd(entry: Entry<C>, how: LeaseEnd | 'taken-back' | 'detached', now: number): void {
    const leaseMs = now - entry.since
    entry.stack = undefined
    this.leases.record(leaseMs)
    if (this.observation.wantsReleased) {
      this.#tellLater(() => this.observation.tell('released', { connectionId: entry.id, how, leaseMs }))
    }
  }

  #endpointFailed(reason: unknown): void {
    this.#lastDialError = asError(reason)
    this.#event(() => this.machine.endpointFailed(this.#options.random(), this.now()))
  }

  // --- effects ---

  dial(entry: Entry<C>): void {
    this.decisions.add(`dial connection ${entry.id}`, entry.since)
    this.#later.push(() => this.#dial(entry))
  }

  giveUpDial(entry: Entry<C>, why: 'timeout' | 'pool-closed'): void {
    const error =
      why === 'timeout'
        ? new Error(`dialing ${this.endpointText} took longer than ${this.#options.dialTimeoutMs} ms`)
        : poolIsClosed(this.endpointText)
    if (why === 'timeout') this.#noteDialError(entry, error)
    this.#later.push(() => {
      entry.abort?.abort(error)
      if (entry.connection !== undefined) this.#closeEntry(entry, 'now')
      else if (entry.abort === undefined) this.#closed(entry)
    })
  }

  grant(waiter: Waiter<C>, entry: Entry<C>): void {
    const waitMs = entry.since - waiter.since
    if (this.#recordsStacks) entry.stack = this.#stacks.get(waiter)
    waiter.group?.leave(waiter)
    if (waitMs > 0) this.waits.record(waitMs)
    if (this.observation.wantsAcquired) this.#tellAcquired(entry, waitMs)
    waiter.resolve(this.#lease(entry))
  }

  refuse(waiter: Waiter<C>, refusal: Refusal, now: number): void {
    waiter.group?.leave(waiter)
    if (refusal === 'POOL_CLOSED' && this.#closing !== undefined) this.#closing.refused++
    const error = this.#errorFor(waiter, refusal, now)
    waiter.reject(error)
    this.#tellRefused(waiter, error, now)
  }

  flaw(entry: Entry<C>): CloseReason | undefined {
    return entry.keeper?.flaw()
  }

  examine(entry: Entry<C>): void {
    this.#later.push(() => this.#examine(entry))
  }

  close(entry: Entry<C>, reason: CloseReason | undefined): void {
    if (reason !== undefined) this.#noteClosed(entry, reason)
    this.#later.push(() => this.#closeEntry(entry, mannerOf(reason)))
  }

  abandon(entry: Entry<C>): void {
    this.decisions.add(`cut off connection ${entry.id}: closing took too long`, this.now())
    this.#forget(entry)
    this.#later.push(() => this.#closer.cutOff(entry))
  }

  endLease(entry: Entry<C>, why: TakenBack): void {
    const { lease } = entry
    if (lease === undefined) return
    entry.lease = undefined
    this.#noteLeaseEnd(entry, 'taken-back', this.now())
    if (why !== 'lost') endLease(lease)
    if (why === 'pool-closed' && this.#closing !== undefined) this.#closing.cut++
    const reason = this.#reasonOfEnd(entry, why)
    this.#later.push(() => tellHolder(lease, reason))
  }

  warnOfLeak(entry: Entry<C>): void {
    const ageMs = this.now() - entry.since
    const { stack } = entry
    this.#later.push(() => {
      process.emitWarning(
        `Connection ${entry.id} to ${this.endpointText} has been leased for ${Math.round(ageMs)} ms`,
        {
          type: 'ConnpoolWarning',
          code: 'CONNPOOL_LEAK',
          ...(stack !== undefined && { detail: stack }),
        },
      )
      if (this.observation.isWanted('leaked')) this.observation.tell('leaked', { connectionId: entry.id, ageMs, stack })
    })
  }

  wakeAt(time: number): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = this.#hooks.inContext(() => this.#clock.wakeAt(time, this.#onWake))
  }

  afterPoll(): void {
    afterPoll(() => this.#event(() => this.machine.polled(this.#options.random(), this.freshNow())))
  }

  breakerChanged(state: BreakerState): void {
    this.decisions.add(`the breaker is ${state}`, this.now())
    if (!this.observation.isWanted('breaker')) return
    const cause = this.#lastDialError
    this.#tellLater(() => this.observation.tell('breaker', { state, ...(cause !== undefined && { cause }) }))
  }

  drained(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
    this.#later.push(() => {
      this.#keepAlive.hold(false)
      const closing = this.#closing
      if (closing === undefined) return
      const { leased, cut, refused, startedAt } = closing
      closing.resolve({ drained: leased - cut, cut, refused, elapsedMs: this.freshNow() - startedAt })
    })
  }

  // --- dialing ---

  #dial(entry: Entry<C>): void {
    if (entry.state !== 'dialing') return this.#closed(entry)
    const abort = new AbortController()
    entry.abort = abort
    const context = this.#hooks.context(abort.signal)
    this.#hooks
      .start(() => this.#open(context))
      .then(
        (connection) => this.#opened(entry, connection, abort),
        (error: unknown) => this.#dialEnded(entry, asError(error)),
      )
  }

  #opened(entry: Entry<C>, connection: C, abort: AbortController): void {
    if (entry.state === 'gone') return this.#closer.closeOrphan(connection)
    const flaw = this.#flawOfResult(connection)
    if (flaw !== undefined) return this.#dialEnded(entry, flaw)
    this.#adopt(entry, connection)
    if (entry.state === 'closing') return this.#closeEntry(entry, 'now')
    const { onConnect } = this.#options
    if (onConnect === undefined) return this.#ready(entry)
    this.#hooks.run(onConnect, connection, abort.signal).then(
      () => this.#ready(entry),
      (error: unknown) => this.#dialEnded(entry, asError(error)),
    )
  }

  #flawOfResult(connection: unknown): Error | undefined {
    if (connection === undefined || connection === null) return new Error(`dial returned ${String(connection)}`)
    if (typeof connection !== 'object' || !this.#known.has(connection)) return undefined
    return new Error('dial returned a connection that is in the pool already')
  }

  #adopt(entry: Entry<C>, connection: C): void {
    entry.connection = connection
    if (typeof connection === 'object' && connection !== null) this.#known.add(connection)
    if (!(connection instanceof Duplex)) return
    entry.keeper = new SocketKeeper(connection, (why, error) => this.#lost(entry, why, error))
  }

  /** Dialed and set up: it is the rules' now. */
  #ready(entry: Entry<C>): void {
    if (entry.state !== 'dialing') return
    entry.abort = undefined
    entry.keeper?.keepListeners()
    this.#lastDialError = undefined
    const now = this.freshNow()
    this.#noteDialed(entry, undefined, now)
    this.#event(() => this.machine.dialed(entry, this.#options.random(), now))
    this.#warmUps.opened(this.machine.roster.total)
    this.#afterEvent(entry)
  }

  #dialEnded(entry: Entry<C>, error: Error): void {
    if (entry.state === 'closing' && entry.connection === undefined) return this.#closed(entry)
    if (entry.state !== 'dialing') return
    this.#noteDialError(entry, error)
    entry.abort?.abort(error)
    const failure = { isLocal: isLocalFailure(error), draw: this.#options.random() }
    this.#event(() => this.machine.dialFailed(entry, failure, this.freshNow()))
  }

  #noteDialError(entry: Entry<C>, error: Error): void {
    this.#lastDialError = error
    this.decisions.add(`dialing connection ${entry.id} failed: ${error.message}`, this.now())
    this.#noteDialed(entry, error, this.now())
    if (this.#warmUps.length === 0) return
    const { endpointText } = this
    const refusal = new PoolError('DIAL_FAILED', `${endpointText} cannot be reached: ${error.message}`, {
      endpoint: endpointText,
      cause: error,
    })
    this.#later.push(() => this.#warmUps.failed(refusal))
  }

  #noteDialed(entry: Entry<C>, error: Error | undefined, now: number): void {
    const dialMs = now - entry.dialStartedAt
    this.dials.record(dialMs)
    if (!this.observation.isWanted('dialed')) return
    const event = { connectionId: entry.id, dialMs, ...(error !== undefined && { error }) }
    this.#tellLater(() => this.observation.tell('dialed', event))
  }

  // --- examining ---

  #examine(entry: Entry<C>): void {
    if (entry.state !== 'probing') return
    const abort = new AbortController()
    entry.abort = abort
    if (entry.examination === 'turn') return afterPoll(() => this.#examined(entry, abort, undefined))
    const isReset = entry.examination === 'reset'
    const hook = isReset ? this.#options.reset : this.#options.probe
    if (hook === undefined) return this.#examined(entry, abort, undefined)
    if (entry.isResting) this.#wake(entry)
    this.#hooks.run(hook, entry.connection as C, abort.signal).then(
      (answer) =>
        this.#examined(entry, abort, answer === false && !isReset ? new Error('the probe answered false') : undefined),
      (error: unknown) => this.#examined(entry, abort, asError(error)),
    )
  }

  /** Only the examination that is under way counts; one that was given up compares unequal. */
  #examined(entry: Entry<C>, abort: AbortController, error: Error | undefined): void {
    if (entry.state !== 'probing' || entry.abort !== abort) return
    entry.abort = undefined
    const flaw = error === undefined ? this.#flawAfter(entry) : undefined
    const now = this.freshNow()
    if (error !== undefined) entry.closeError = this.#probeError(entry, error)
    this.#noteProbed(entry, error, now)
    if (flaw === undefined) this.#event(() => this.machine.examined(entry, error === undefined, now))
    else this.#event(() => this.machine.lost(entry, flaw, this.#options.random(), now))
    this.#afterEvent(entry)
  }

  #flawAfter(entry: Entry<C>): CloseReason | undefined {
    if (entry.keeper === undefined || entry.examination === 'turn') return entry.keeper?.flaw()
    return this.#flawAtRelease(entry.keeper)
  }

  #probeError(entry: Entry<C>, cause: Error): Error {
    if (entry.examination === 'reset') return cause
    const { endpointText } = this
    return new PoolError('PROBE_FAILED', `Connection ${entry.id} to ${endpointText} is unhealthy: ${cause.message}`, {
      endpoint: endpointText,
      cause,
    })
  }

  #noteProbed(entry: Entry<C>, error: Error | undefined, now: number): void {
    if (entry.examination === 'turn' || entry.examination === 'reset' || !this.observation.isWanted('probed')) return
    const event = {
      connectionId: entry.id,
      healthy: error === undefined,
      probeMs: now - entry.since,
      ...(error !== undefined && { error }),
    }
    this.#tellLater(() => this.observation.tell('probed', event))
  }

  // --- losing and closing ---

  #lost(entry: Entry<C>, why: Loss, error: Error | undefined): void {
    entry.closeError = error
    if (entry.state === 'dialing') {
      return this.#dialEnded(entry, error ?? new Error('the connection was closed while it was being set up'))
    }
    this.#event(() => this.machine.lost(entry, why, this.#options.random(), this.freshNow()))
  }

  #noteClosed(entry: Entry<C>, reason: CloseReason): void {
    const now = this.now()
    this.decisions.add(`close connection ${entry.id}: ${reason}`, now)
    if (!this.observation.isWanted('closed')) return
    const { id: connectionId, uses, closeError: error } = entry
    const event = { connectionId, reason, uses, ageMs: now - entry.createdAt, ...(error !== undefined && { error }) }
    this.#tellLater(() => this.observation.tell('closed', event))
  }

  #closeEntry(entry: Entry<C>, manner: Manner): void {
    entry.abort?.abort(entry.closeError ?? new Error('the connection is being closed'))
    entry.abort = undefined
    const isCut = this.machine.lifecycle === 'draining' && this.#closing?.reason !== undefined
    this.#closer.close(entry, isCut ? 'now' : manner, () => this.#closed(entry))
  }

  #closed(entry: Entry<C>): void {
    this.#forget(entry)
    this.#event(() => this.machine.closed(entry, this.freshNow()))
  }

  #forget(entry: Entry<C>): void {
    const { connection } = entry
    if (typeof connection === 'object' && connection !== null) this.#known.delete(connection)
  }

  // --- the pool's own methods ---

  warm(count: number, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error)
    if (this.machine.lifecycle !== 'running') return Promise.reject(this.#closedError())
    if (this.machine.roster.total >= count) return Promise.resolve()
    if (this.machine.breakerState === 'open') return Promise.reject(this.#circuitError())
    const changed = (): void => this.#event(() => this.machine.warm(this.#warmUps.target, this.freshNow()))
    const promise = this.#warmUps.wait(count, signal, changed)
    changed()
    this.#touch()
    return promise
  }

  resize(limits: { minSize: number; maxSize: number }): void {
    this.#event(() => this.machine.resize(limits, this.freshNow()))
  }

  clear(): void {
    this.#event(() => this.machine.clear(this.freshNow()))
  }

  pause(): void {
    this.machine.pause()
  }

  resume(): void {
    this.#event(() => this.machine.resume(this.freshNow()))
  }

  closePool(graceMs: number, reason: Error | undefined): Promise<CloseReport> {
    const now = this.freshNow()
    this.#closing ??= startClosing(this.machine.roster.leased, now)
    this.#closing.reason ??= reason ?? (graceMs === 0 ? this.#closedError() : undefined)
    this.#later.push(() => this.#warmUps.failed(this.#closedError()))
    this.#event(() => this.machine.drain(now + graceMs, now))
    this.#touch()
    return this.#closing.promise
  }

  stats(): PoolStats {
    return statsOf(this.machine)
  }

  /** Who has held a connection longest, longest first. */
  holders(most: number): Holder[] {
    const now = this.now()
    const leased = this.machine.roster.entries.filter((entry) => entry.state === 'leased')
    leased.sort((one, other) => one.since - other.since)
    return leased.slice(0, most).map((entry) => ({
      id: entry.id,
      ageMs: now - entry.since,
      ...(entry.stack !== undefined && { stack: entry.stack }),
    }))
  }

  // --- errors ---

  #errorFor(waiter: Waiter<C>, refusal: Refusal, now: number): PoolError {
    const facts: RefusalFacts = {
      endpoint: this.endpointText,
      waitedMs: now - waiter.since,
      phase: this.machine.phaseOf(waiter, now),
      stats: this.stats(),
      cause: this.#lastDialError,
    }
    switch (refusal) {
      case 'POOL_CLOSED':
        return this.#closedError()
      case 'ACQUIRE_TIMEOUT':
        return acquireTimedOut(facts, this.holders(MOST_HOLDERS))
      case 'QUEUE_FULL':
        return queueIsFull(facts, this.#options.maxWaiting)
      case 'DIAL_FAILED':
        return dialHasFailed(facts)
      case 'CIRCUIT_OPEN':
        return circuitIsOpen(facts, this.machine.retryAfterMs(now))
    }
  }

  #closedError(): PoolError {
    return poolIsClosed(this.endpointText, this.#bug ?? this.#closing?.reason)
  }

  #circuitError(): PoolError {
    return new PoolError('CIRCUIT_OPEN', `${this.endpointText} is down`, {
      endpoint: this.endpointText,
      retryAfterMs: this.machine.retryAfterMs(this.freshNow()),
      cause: this.#lastDialError,
    })
  }

  #reasonOfEnd(entry: Entry<C>, why: TakenBack): Error {
    const { endpointText } = this
    const which = `Connection ${entry.id} to ${endpointText}`
    switch (why) {
      case 'pool-closed':
        return this.#closing?.reason ?? this.#closedError()
      case 'lease-time':
        return new PoolError('LEASE_ENDED', `${which} was taken back after ${this.#options.maxLeaseMs} ms`, {
          endpoint: endpointText,
        })
      case 'lost':
        return new PoolError('LEASE_ENDED', `${which} was lost`, { endpoint: endpointText, cause: entry.closeError })
    }
  }

  // --- turns and events ---

  readonly #onWake = (): void => {
    this.#timer = undefined
    this.#event(() => this.machine.tick(this.#options.random(), this.freshNow()))
  }

  /** Work that is only worth doing for what is still so when the turn ends. */
  #touch(): void {
    if (this.#isTurnEndDue) return
    this.#isTurnEndDue = true
    setImmediate(this.#onTurnEnd)
  }

  readonly #onTurnEnd = (): void => {
    this.#isTurnEndDue = false
    const entries = this.#toRest
    this.#toRest = []
    for (const entry of entries) {
      entry.isListedForRest = false
      if (entry.state !== 'idle' || entry.isResting) continue
      entry.isResting = true
      entry.keeper?.rest()
    }
    this.#keepAlive.hold(this.#isAwaited)
  }

  get #isAwaited(): boolean {
    const { lifecycle, roster, waiting } = this.machine
    if (lifecycle === 'draining') return true
    return waiting > 0 || roster.leased > 0 || this.#warmUps.length > 0
  }

  #afterEvent(entry: Entry<C>): void {
    if (this.#later.length > 0) this.#flush()
    if (entry.state === 'idle' && !entry.isListedForRest) {
      entry.isListedForRest = true
      this.#toRest.push(entry)
    }
    this.#touch()
  }

  #event(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#stopForBug(asError(error))
    }
    if (this.#later.length > 0) this.#flush()
  }

  /** A pool that has lost count must not lend: it stops, and says so to everybody. */
  #stopForBug(bug: Error): void {
    if (this.#bug !== undefined) return
    this.#bug = bug
    process.emitWarning(bug, { type: 'ConnpoolWarning', code: 'CONNPOOL_BUG' } as never)
    for (const waiter of [...this.machine.waiters]) waiter.reject(this.#closedError())
    for (const entry of this.machine.roster.entries) this.#closer.cutOff(entry)
    this.#keepAlive.hold(false)
  }

  #tellRefused(waiter: Waiter<C>, error: unknown, now: number): void {
    if (!this.observation.isWanted('refused')) return
    const waitMs = now - waiter.since
    this.#tellLater(() => this.observation.tell('refused', { waitMs, error }))
  }

  #tellLater(tell: () => void): void {
    this.#later.push(tell)
    if (!this.#isFlushing) queueMicrotask(() => this.#flush())
  }

  /** Runs what was put off; what that puts off in turn is appended, so that nothing ever recurses. */
  #flush(): void {
    if (this.#isFlushing) return
    this.#isFlushing = true
    for (let next = 0; next < this.#later.length; next++) this.#later[next]?.()
    this.#later = []
    this.#isFlushing = false
  }
}

function startClosing(leased: number, startedAt: number): Closing {
  let resolve: (report: CloseReport) => void = () => undefined
  const promise = new Promise<CloseReport>((settle) => {
    resolve = settle
  })
  return { startedAt, promise, resolve, leased, cut: 0, refused: 0, reason: undefined }
}

/** A holder who has lost his lease may still write: that must end now. */
function mannerOf(reason: CloseReason | undefined): Manner {
  return reason === 'taken-back' || reason === 'socket-error' || reason === undefined ? 'now' : 'gently'
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown })
}

function stackHere(): string {
  return new Error('acquired here').stack ?? ''
}
