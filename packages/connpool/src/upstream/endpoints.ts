import { SystemClock } from '../clock.ts'
import type { CloseReport } from '../pool/closing.ts'
import type { PoolStats } from '../metrics/stats.ts'
import { histogramsOf, type PoolHistograms } from '../pool/pool-histograms.ts'
import { resolvePoolOptions } from '../pool/resolve-options.ts'
import { Arrival } from './arrival.ts'
import type { ResolvedEndpoint } from './discovery/read-endpoints.ts'
import { EndpointPool } from './endpoint-pool.ts'
import { emptyHistograms, sumHistograms } from './sum-histograms.ts'
import { addStats, emptyStats } from './sum-stats.ts'
import { OutlierMachine } from './outlier-machine.ts'
import { Slots } from './slots.ts'
import { SlowStart } from './slow-start.ts'
import type { UpstreamWires } from './upstream-wires.ts'

/** How many steps a slow start takes: the balancer is not told of every millisecond. */
const STEPS = 100
/** How often what is remembered of endpoints fades, at least while callers come. */
const FADE_MS = 1_000

/** The endpoints of an upstream: those in use, and those that were taken out and still have connections. */
export class Endpoints<C> {
  /** What the pools that are gone have counted. */
  readonly past: PoolStats = emptyStats()
  /** What those that are gone have measured. */
  pastHistograms: PoolHistograms = emptyHistograms()
  readonly outliers: OutlierMachine | undefined
  readonly #wires: UpstreamWires<C>
  readonly #draining = new Set<EndpointPool<C>>()
  #used: readonly EndpointPool<C>[] = []
  /** Those in their slow start. */
  #starting: EndpointPool<C>[] = []
  #advanceAt = -Infinity
  #isPaused = false
  readonly #arrival = new Arrival()

  constructor(wires: UpstreamWires<C>) {
    this.#wires = wires
    const { outlier } = wires.options
    this.outliers = outlier && new OutlierMachine(outlier)
  }

  /** Resolves when there is an endpoint. Rejects with the first thing that keeps them from being known. */
  async known(signal: AbortSignal | undefined): Promise<void> {
    if (this.#used.length === 0) await this.#arrival.wait(signal)
  }

  get used(): readonly EndpointPool<C>[] {
    return this.#used
  }

  get draining(): Iterable<EndpointPool<C>> {
    return this.#draining
  }

  get all(): readonly EndpointPool<C>[] {
    return [...this.#used, ...this.#draining]
  }

  /** Asks: are as many connections open as there may be? */
  get areFull(): boolean {
    let open = 0
    for (const { total } of this.#used) open += total
    return open >= this.#wires.slots.limit
  }

  /** For decisions that a long turn of the loop would falsify. */
  freshNow(): number {
    const { clock } = this.#wires
    return clock instanceof SystemClock ? clock.fresh() : clock.now()
  }

  find(identity: string): EndpointPool<C> | undefined {
    return this.#used.find(({ known }) => known.identity === identity)
  }

  /** These are the endpoints from now on: what is not among them is drained, what is new joins. */
  replace(set: readonly ResolvedEndpoint[], manner: 'at once' | 'slowly'): void {
    const now = this.freshNow()
    const kept = new Set(set.map(({ identity }) => identity))
    const gone = this.#used.filter(({ known }) => !kept.has(known.identity))
    const joining = this.#used.length > gone.length ? manner : 'at once'
    this.#used = set.map((known) => this.#keepOrMake(known, joining, now))
    this.#wires.selection.replace(this.#used)
    for (const member of gone) void this.#drain(member, Infinity)
    if (this.#isPaused) this.setPaused(true)
    this.#wires.added(now)
    if (set.length > 0) this.#arrival.came()
  }

  discoveryFailed(error: Error): void {
    if (this.#used.length === 0) this.#arrival.failed(error)
  }

  /** None will be known any more. */
  endArrival(error: Error): void {
    this.#arrival.failed(error)
  }

  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused
    for (const { wires } of this.#used) {
      if (isPaused) wires.pause()
      else wires.resume()
    }
  }

  async remove(member: EndpointPool<C>, graceMs: number): Promise<CloseReport> {
    this.#used = this.#used.filter((each) => each !== member)
    this.#wires.selection.replace(this.#used)
    return await this.#drain(member, graceMs)
  }

  async #drain(member: EndpointPool<C>, graceMs: number): Promise<CloseReport> {
    this.#draining.add(member)
    this.#starting = this.#starting.filter((each) => each !== member)
    if (member.outlier !== undefined) this.outliers?.remove(member.outlier)
    this.#wires.machine.removed(member)
    const report = await member.wires.closePool(graceMs, undefined)
    this.#draining.delete(member)
    addStats(this.past, member.wires.stats())
    this.pastHistograms = sumHistograms(this.pastHistograms, histogramsOf(member.wires))
    this.#wires.machine.slotFreed()
    this.#wires.changed(member)
    return report
  }

  closeAll(graceMs: number, reason: Error | undefined): Promise<readonly CloseReport[]> {
    return Promise.all(this.all.map(({ wires }) => wires.closePool(graceMs, reason)))
  }

  /** Lets slow starts go on, and records fade. Cheap most of the time. */
  advance(now: number): void {
    if (now < this.#advanceAt) return
    for (const member of this.#used) member.fade(now)
    for (const member of this.#starting) this.#weigh(member, now)
    this.#starting = this.#starting.filter(({ slowStart }) => slowStart !== undefined)
    this.#setAdvance(now)
  }

  /** A lease or dial has ended, well or not: does that make an outlier of it? */
  judge(member: EndpointPool<C>, hasFailed: boolean, now: number): void {
    const { outlier } = member
    if (outlier === undefined || this.outliers === undefined) return
    if (!hasFailed) return outlier.succeeded(now)
    if (!outlier.failed(this.#wires.options.pool.random(), now)) return
    this.startSlowly(member, outlier.ejectedUntil, now)
  }

  #keepOrMake(known: ResolvedEndpoint, manner: 'at once' | 'slowly', now: number): EndpointPool<C> {
    const member = this.find(known.identity)
    if (member === undefined) return this.#make(known, manner, now)
    const hasNewWeight = member.known.weight !== known.weight
    member.known = known
    member.tier = this.#tierOf(known)
    if (hasNewWeight) this.#weigh(member, now)
    return member
  }

  #make(known: ResolvedEndpoint, manner: 'at once' | 'slowly', now: number): EndpointPool<C> {
    const { pool } = this.#wires.options
    const options = resolvePoolOptions<C>({ ...pool.given, endpoint: known.given, maxWaiting: Infinity })
    const member = new EndpointPool(known, options, {
      slots: this.#wires.slots,
      tier: this.#tierOf(known),
      outlier: this.outliers?.add(),
      listener: this.#wires,
      ownSlots: this.#slotsOf(known.identity) ?? new Slots(options.maxSize),
    })
    if (manner === 'slowly') this.startSlowly(member, now, now)
    return member
  }

  #slotsOf(identity: string): Slots | undefined {
    for (const { known, ownSlots } of this.#draining) if (known.identity === identity) return ownSlots
    return undefined
  }

  /** Endpoints of another zone are used after those of one's own, before the next priority. */
  #tierOf({ priority, zone }: ResolvedEndpoint): number {
    const own = this.#wires.options.zone
    return 2 * priority + (own === undefined || own === zone ? 0 : 1)
  }

  /** From `from` on it gets more and more of its share, until it has it. */
  startSlowly(member: EndpointPool<C>, from: number, now: number): void {
    const { slowStartMs } = this.#wires.options
    if (slowStartMs === 0) return
    member.slowStart = new SlowStart(slowStartMs, from)
    if (!this.#starting.includes(member)) this.#starting.push(member)
    this.#weigh(member, now)
    this.#setAdvance(now)
  }

  #weigh(member: EndpointPool<C>, now: number): void {
    if (member.slowStart?.isOver(now) === true) member.slowStart = undefined
    member.weight = member.known.weight * (member.slowStart?.factorAt(now) ?? 1)
    this.#wires.weightChanged(member)
  }

  #setAdvance(now: number): void {
    const stepMs = this.#starting.length === 0 ? FADE_MS : this.#wires.options.slowStartMs / STEPS
    this.#advanceAt = now + Math.min(FADE_MS, stepMs)
  }
}
