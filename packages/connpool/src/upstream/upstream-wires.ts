import { NestedUse } from '../affinity/nested-use.ts'
import type { Clock } from '../clock.ts'
import { systemClock } from '../clock.ts'
import { type EndpointLike, parseEndpoint } from '../endpoint.ts'
import type { WaitPhase } from '../errors.ts'
import { afterPoll } from '../health/poll-turn.ts'
import type { PoolStats } from '../metrics/stats.ts'
import { AbortGroup, type Canceller } from '../pool/abort-group.ts'
import { asError } from '../pool/as-error.ts'
import { type CloseReport, Closing } from '../pool/closing.ts'
import { Hooks } from '../pool/hooks.ts'
import { KeepAlive } from '../pool/keep-alive.ts'
import { entryBehind, finish, type Lease } from '../pool/lease.ts'
import { isHeld } from '../pool/left-to-holders.ts'
import { nestedErrorFor } from '../pool/nested-error.ts'
import type { AcquireOptions } from '../pool/pool-options.ts'
import { warnOfBug } from '../pool/warn-of-bug.ts'
import { stackHere } from '../stack-here.ts'
import type { Balancer, PickRequest } from './balance/balancer.ts'
import { Rendezvous } from './balance/rendezvous.ts'
import { watchEndpoints } from './discovery/watch-endpoints.ts'
import type { UpstreamEndpoint } from './discovery/discovery.ts'
import { readEndpoints, type ResolvedEndpoint } from './discovery/read-endpoints.ts'
import type { EndpointListener, EndpointPool } from './endpoint-pool.ts'
import { Endpoints } from './endpoints.ts'
import type { Member } from './member.ts'
import { Selection } from './selection.ts'
import { Slots } from './slots.ts'
import type { Ticket } from './ticket.ts'
import type { UpstreamEffects, UpstreamRefusal } from './upstream-effects.ts'
import { UpstreamMachine } from './upstream-machine.ts'
import type { ResolvedUpstreamOptions } from './upstream-options.ts'
import { UpstreamRefusals } from './upstream-refusals.ts'
import { isLastLeftToHoldersOf, upstreamStatsOf } from './upstream-stats.ts'
import { UpstreamWaiter } from './upstream-waiter.ts'

/**
 * The wires of an upstream: turns calls, timers and what the pools tell into events for the rules, and their effects into
 * actions. It decides nothing.
 */
export class UpstreamWires<C> implements UpstreamEffects<C>, EndpointListener<C>, Canceller<UpstreamWaiter<C>> {
  readonly options: ResolvedUpstreamOptions<C>
  readonly clock: Clock
  readonly machine: UpstreamMachine<C>
  readonly slots: Slots
  readonly selection: Selection<C>
  readonly endpoints: Endpoints<C>
  readonly refusals: UpstreamRefusals<C>
  /** The rounds of those who warm up: ended when as many connections are open as there may be. */
  readonly warming: Set<AbortController> = new Set()
  /** There only where nested acquires are looked for. */
  readonly nestedUse: NestedUse<Lease<C>> | undefined
  readonly #hooks = new Hooks(undefined)
  readonly #keepAlive = new KeepAlive()
  readonly #balancer: Balancer
  /** Whether anybody reckons with every lease that begins and ends. */
  #hearsLoad: boolean
  readonly #recordsStacks: boolean
  #rendezvous: Balancer | undefined
  readonly #request: { readonly affinityKey: undefined; now: number; readonly random: () => number }
  #watch: Disposable | undefined
  #timer: Disposable | undefined
  #closing: Closing | undefined
  #bug: Error | undefined
  /** What the balancer has just chosen, for a caller whom it had nothing for at once. */
  #picked: EndpointPool<C> | undefined

  constructor(options: ResolvedUpstreamOptions<C>) {
    const { leakWarnMs, maxLeaseMs, clock, random, maxWaiting, nestedAcquire } = options.pool
    this.options = options
    this.clock = clock ?? systemClock
    this.slots = new Slots(options.maxSize)
    this.selection = new Selection(options.panicRatio)
    this.#balancer = options.balancer
    this.#hearsLoad = options.balancer.loadChanged !== undefined
    this.#recordsStacks = leakWarnMs !== Infinity || maxLeaseMs !== Infinity
    this.nestedUse = nestedAcquire === 'off' ? undefined : new NestedUse(nestedAcquire, isHeld)
    this.#request = { affinityKey: undefined, now: 0, random }
    this.endpoints = new Endpoints(this)
    this.refusals = new UpstreamRefusals(this)
    this.machine = new UpstreamMachine(
      {
        selection: this.selection,
        slots: this.slots,
        maxWaiting,
        pick: (usable, affinityKey, now) => this.#pick(usable, affinityKey, now),
        loadChanged: (member) => this.loadChanged(member as EndpointPool<C>),
      },
      this,
    )
    this.#start(options)
  }

  /** What callers are told of the end, if there is anything to tell. */
  get closedBecause(): Error | undefined {
    return this.#bug ?? this.#closing?.reason
  }

  /** Makes what outlives the caller who causes it: it must not live in that caller's async context. */
  inOwnContext<R>(work: () => R): R {
    return this.#hooks.inContext(work)
  }

  // --- acquiring ---

  /** The common case: the endpoint that is picked has an idle connection that may be lent without a thought. */
  acquireAtOnce(): Lease<C> | undefined {
    const member = this.machine.isQuiet ? this.#pickNow(undefined) : undefined
    if (member === undefined) return undefined
    const lease = member.wires.acquireAtOnce()
    if (lease === undefined) this.#picked = member
    else if (this.#hearsLoad) this.loadChanged(member)
    return lease
  }

  acquire(options: AcquireOptions | undefined): Promise<Lease<C>> {
    const signal = options?.signal
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error)
    const lease = this.#takeNow(options)
    return lease === undefined ? this.#wait(options) : Promise.resolve(lease)
  }

  /** Anything idle at all, for who cannot wait. */
  tryAcquire(): Lease<C> | undefined {
    const lease = this.acquireAtOnce()
    if (lease !== undefined || this.machine.waiting > 0 || this.#bug !== undefined) return lease
    const picked = this.#unpick()
    return picked?.wires.take(true) ?? this.#takeAnywhere()
  }

  cancel(waiter: UpstreamWaiter<C>, reason: unknown): void {
    waiter.reject(reason)
    this.#homeOf(waiter)?.wires.tellRefused(this.clock.now() - waiter.since, reason)
    this.#run(() => this.machine.cancel(waiter, this.clock.now()))
  }

  #takeNow(options: AcquireOptions | undefined): Lease<C> | undefined {
    if (this.#bug !== undefined) return undefined
    if (options?.timeoutMs === 0) return options.affinityKey === undefined ? this.tryAcquire() : this.#takeFor(options)
    if (options?.affinityKey !== undefined) return this.#takeFor(options)
    const lease = this.#picked === undefined ? this.acquireAtOnce() : undefined
    return lease ?? this.#takeFrom(this.#picked)
  }

  /** What is idle there may need a thought, and no more. */
  #takeFrom(member: EndpointPool<C> | undefined): Lease<C> | undefined {
    const lease = member !== undefined && member.idle > 0 ? member.wires.take(false) : undefined
    if (lease !== undefined) this.#unpick()
    return lease
  }

  #takeFor({ affinityKey, timeoutMs }: AcquireOptions): Lease<C> | undefined {
    if (affinityKey === undefined || this.machine.waiting > 0) return undefined
    const member = this.#pickNow(affinityKey)
    if (member === undefined) return undefined
    this.#picked = member
    member.prefer(affinityKey)
    const lease = member.wires.acquireAtOnce() ?? (member.idle > 0 ? member.wires.take(timeoutMs === 0) : undefined)
    if (lease !== undefined) {
      this.#unpick()
      member.remember(affinityKey, lease)
      this.loadChanged(member)
    }
    return lease
  }

  #takeAnywhere(): Lease<C> | undefined {
    if (this.slots.idle === 0) return undefined
    for (const member of this.endpoints.used) {
      const lease = member.idle > 0 && this.selection.mayLend(member) ? member.wires.take(true) : undefined
      if (lease !== undefined) return lease
    }
    return undefined
  }

  #unpick(): EndpointPool<C> | undefined {
    const picked = this.#picked
    this.#picked = undefined
    return picked
  }

  #wait(options: AcquireOptions | undefined): Promise<Lease<C>> {
    return new Promise<Lease<C>>((resolve, reject) => {
      const waiter = new UpstreamWaiter<C>(options?.affinityKey, resolve, reject)
      const now = this.endpoints.freshNow()
      waiter.since = now
      waiter.timeoutMs = options?.timeoutMs ?? this.options.pool.acquireTimeoutMs
      if (this.#recordsStacks) waiter.stack = stackHere()
      this.#run(() => this.machine.acquire(waiter, this.#unpick(), now))
      if (this.#bug !== undefined && !waiter.isSettled) return reject(this.refusals.closed())
      if (!waiter.isSettled && this.nestedUse !== undefined) this.#reportNested(waiter, this.nestedUse)
      if (waiter.isSettled) return
      if (options?.signal !== undefined) AbortGroup.join(options.signal, waiter, this)
      this.#homeOf(waiter)?.wires.tellWaiting(this.machine.waiting)
      if (waiter.ticket === undefined) this.#keepAlive.hold(true)
    })
  }

  #reportNested(waiter: UpstreamWaiter<C>, nestedUse: NestedUse<Lease<C>>): void {
    if (!isLastLeftToHoldersOf(this)) return
    const calledAs = this.acquire // oxlint-disable-line typescript/unbound-method -- it is looked for, not called
    const endpoint = this.refusals.endpointText
    const stats = (): PoolStats => upstreamStatsOf(this)
    const error = nestedErrorFor({ nestedUse, since: waiter.since, endpoint, stats, calledAs })
    if (error !== undefined) this.cancel(waiter, error)
  }

  /** The endpoint that a caller would be given to now, if there is any. */
  #pickNow(affinityKey: string | undefined): EndpointPool<C> | undefined {
    const now = this.clock.now()
    try {
      const usable = this.selection.usableAt(now)
      return usable.length === 0 ? undefined : this.#pick(usable, affinityKey, now)
    } catch (error) {
      this.#stopForBug(error)
      return undefined
    }
  }

  #pick(usable: readonly Member<C>[], affinityKey: string | undefined, now: number): EndpointPool<C> {
    return affinityKey === undefined ? this.#pickAny(usable, now) : this.#pickFor(affinityKey, usable, now)
  }

  #pickAny(usable: readonly Member<C>[], now: number): EndpointPool<C> {
    const only = usable[0]
    if (usable.length === 1 && only !== undefined) return only as EndpointPool<C>
    this.endpoints.advance(now)
    this.#request.now = now
    return this.#balancer.pick(usable, this.#request satisfies PickRequest) as EndpointPool<C>
  }

  #pickFor(affinityKey: string, usable: readonly Member<C>[], now: number): EndpointPool<C> {
    this.endpoints.advance(now)
    if (this.#rendezvous === undefined) {
      this.#rendezvous = new Rendezvous()
      this.#hearsLoad = true
    }
    const request: PickRequest = { affinityKey, now, random: this.#request.random }
    return this.#rendezvous.pick(usable, request) as EndpointPool<C>
  }

  // --- effects ---

  granted(ticket: Ticket<C>, lease: Lease<C>): void {
    const waiter = this.#whoIsNext(ticket)
    if (waiter !== undefined) this.#grant(waiter, lease)
    else queueMicrotask(() => finish(lease, 'released')) // not now: its pool is in the middle of an event
  }

  #whoIsNext(ticket: Ticket<C>): UpstreamWaiter<C> | undefined {
    try {
      return this.machine.granted(ticket, this.clock.now())
    } catch (error) {
      this.#stopForBug(error)
      return undefined
    }
  }

  refused(ticket: Ticket<C>, error: unknown): void {
    this.machine.refused(ticket, error)
  }

  #grant(waiter: UpstreamWaiter<C>, lease: Lease<C>): void {
    waiter.group?.leave(waiter)
    if (this.#recordsStacks) entryBehind(lease).stack = waiter.stack
    if (waiter.affinityKey !== undefined) waiter.boundTo?.remember(waiter.affinityKey, lease)
    waiter.resolve(lease)
  }

  refuse(waiter: UpstreamWaiter<C>, refusal: UpstreamRefusal, now: number): void {
    waiter.group?.leave(waiter)
    const error = this.refusals.errorFor(waiter, refusal, now)
    waiter.reject(error)
    this.#homeOf(waiter)?.wires.tellRefused(now - waiter.since, error)
  }

  /** The endpoint that it waits for, or any: observers are told of it as of one of that endpoint's callers. */
  #homeOf({ ticket }: UpstreamWaiter<C>): EndpointPool<C> | undefined {
    return ticket === undefined ? this.endpoints.used[0] : (ticket.member as EndpointPool<C>)
  }

  wakeAt(time: number): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = this.inOwnContext(() => this.clock.wakeAt(time, this.#onWake))
  }

  afterPoll(): void {
    afterPoll(() => this.#run(() => this.machine.polled(this.endpoints.freshNow())))
  }

  // --- what the pools of the endpoints tell ---

  get hearsReleases(): boolean {
    return this.#hearsLoad || !this.machine.isQuiet
  }

  slotFreed(): void {
    this.machine.slotFreed()
  }

  loadChanged(member: EndpointPool<C>): void {
    member.weighLoad()
    if (!this.#hearsLoad) return
    try {
      this.#balancer.loadChanged?.(member)
      this.#rendezvous?.loadChanged?.(member)
    } catch (error) {
      this.#stopForBug(error)
    }
  }

  leaseEnded(member: EndpointPool<C>, hasFailed: boolean, now: number): void {
    if (this.#bug === undefined) this.#run(() => this.endpoints.judge(member, hasFailed, now))
  }

  returned(member: EndpointPool<C>, now: number): void {
    this.#run(() => this.endpoints.startSlowly(member, now, now))
  }

  changed(member: EndpointPool<C>): void {
    try {
      if (this.#bug === undefined) this.machine.changed(member, this.clock.now())
    } catch (error) {
      this.#stopForBug(error)
    }
    this.#endWarmingIfFull()
    this.#letGo()
  }

  // --- endpoints that come and go ---

  added(now: number): void {
    this.#run(() => this.machine.added(now))
  }

  weightChanged(member: EndpointPool<C>): void {
    this.#balancer.weightChanged?.(member)
    this.#rendezvous?.weightChanged?.(member)
  }

  #start({ source, endpoints }: ResolvedUpstreamOptions<C>): void {
    this.endpoints.replace(endpoints, 'at once')
    if (source === undefined) return
    let isFirst = true
    this.#watch = watchEndpoints(source, {
      endpoints: (set: readonly ResolvedEndpoint[]) => {
        this.inOwnContext(() => this.endpoints.replace(set, isFirst ? 'at once' : 'slowly'))
        isFirst = false
      },
      failed: (error) => {
        this.refusals.discoveryFailed(error)
        this.endpoints.discoveryFailed(error)
      },
    })
  }

  add(given: EndpointLike | UpstreamEndpoint): void {
    const [added] = readEndpoints([given], 'endpoint')
    if (this.machine.lifecycle !== 'running') throw this.refusals.closed()
    if (added === undefined) return
    const others = this.endpoints.used.map(({ known }) => known)
    const place = others.findIndex(({ endpoint }) => endpoint.text === added.endpoint.text)
    const set = place === -1 ? [...others, added] : others.with(place, added)
    this.inOwnContext(() => this.endpoints.replace(set, 'slowly'))
  }

  find(given: EndpointLike): EndpointPool<C> | undefined {
    const { text } = parseEndpoint(given)
    return this.endpoints.used.find(({ endpoint }) => endpoint === text)
  }

  async remove(given: EndpointLike, graceMs: number): Promise<CloseReport> {
    const member = this.find(given)
    if (member !== undefined) return await this.endpoints.remove(member, graceMs)
    return { drained: 0, cut: 0, refused: 0, elapsedMs: 0 }
  }

  resize(maxSize: number): void {
    this.slots.limit = maxSize
    this.#run(() => this.machine.limitChanged(this.endpoints.freshNow()))
    this.#endWarmingIfFull()
  }

  #endWarmingIfFull(): void {
    if (this.warming.size === 0 || !this.endpoints.areFull) return
    const rounds = [...this.warming]
    this.warming.clear()
    for (const round of rounds) round.abort()
  }

  setPaused(isPaused: boolean): void {
    this.endpoints.setPaused(isPaused)
  }

  /** What a caller waits for. */
  phaseOf({ ticket }: UpstreamWaiter<C>, now: number): WaitPhase {
    return ticket === undefined ? 'queued' : (ticket.member as EndpointPool<C>).wires.machine.phaseOf(ticket, now)
  }

  // --- closing ---

  closeAll(graceMs: number, reason: Error | undefined): Promise<CloseReport> {
    const start = this.endpoints.freshNow()
    const isFirst = this.#closing === undefined
    const closing = (this.#closing ??= new Closing(0, this.machine.waiting, start))
    closing.reason ??= reason
    this.#watch?.[Symbol.dispose]()
    this.#run(() => this.machine.drain(start))
    this.endpoints.endArrival(this.refusals.closed())
    const closed = this.endpoints.closeAll(graceMs, reason)
    if (isFirst) void this.#finishClosing(closing, closed)
    return closing.report
  }

  async #finishClosing(closing: Closing, closed: Promise<readonly CloseReport[]>): Promise<void> {
    for (const { drained, cut } of await closed) {
      closing.leased += drained + cut
      closing.cut += cut
    }
    this.#timer?.[Symbol.dispose]()
    this.#keepAlive.hold(false)
    this.machine.stopped()
    closing.finish(this.endpoints.freshNow())
  }

  readonly #onWake = (): void => {
    this.#timer = undefined
    this.#run(() => this.machine.tick(this.endpoints.freshNow()))
  }

  #run(event: () => void): void {
    try {
      event()
    } catch (error) {
      this.#stopForBug(error)
    }
    this.#letGo()
  }

  /**
   * An upstream that has lost count must not lend: it stops, and says so to everybody. Its pools are ended a moment later,
   * since this may be the middle of an event of one of them.
   */
  #stopForBug(thrown: unknown): void {
    if (this.#bug !== undefined) return
    const bug = asError(thrown)
    this.#bug = bug
    warnOfBug('An upstream', bug)
    const now = this.clock.now()
    for (const waiter of this.machine.halt()) this.refuse(waiter, 'POOL_CLOSED', now)
    queueMicrotask(() => void this.closeAll(0, bug))
  }

  #letGo(): void {
    if (this.machine.waiting === 0) this.#keepAlive.hold(false)
  }
}
