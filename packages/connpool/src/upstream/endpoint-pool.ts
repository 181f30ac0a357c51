import { entryBehind, type Lease } from '../pool/lease.ts'
import type { LeaseOutcome, Patron } from '../pool/patron.ts'
import { PoolWires } from '../pool/pool-wires.ts'
import type { ResolvedPoolOptions } from '../pool/pool-options.ts'
import type { Roster } from '../pool/roster.ts'
import type { SharedSlots } from '../pool/shared-slots.ts'
import { TrackRecord } from './balance/track-record.ts'
import type { ResolvedEndpoint } from './discovery/read-endpoints.ts'
import { Favourites } from './favourites.ts'
import type { Member, Standing } from './member.ts'
import type { OutlierRecord } from './outlier-machine.ts'
import { SlotShare, type Slots } from './slots.ts'
import type { SlowStart } from './slow-start.ts'
import type { Ticket } from './ticket.ts'
import type { UpstreamWaiter } from './upstream-waiter.ts'

/** What an endpoint's pool tells the upstream. */
export interface EndpointListener<C> {
  readonly hearsReleases: boolean
  slotFreed(): void
  loadChanged(member: EndpointPool<C>): void
  leaseEnded(member: EndpointPool<C>, hasFailed: boolean, now: number): void
  /** It had been down and can be dialed again. */
  returned(member: EndpointPool<C>, now: number): void
  changed(member: EndpointPool<C>): void
}

/** One endpoint of an upstream: its pool, and what is remembered of it. */
export class EndpointPool<C> implements Member<C>, Patron {
  // What a pick reads stands first and side by side: over a thousand endpoints, memory is what a pick waits for.
  weight: number
  load = 0
  failureRatio = 0
  latencyMs: number | undefined = undefined
  readonly tickets: Set<Ticket<C>> = new Set()
  readonly #record = new TrackRecord()
  readonly #roster: Roster<C>
  readonly endpoint: string
  readonly bound: Set<UpstreamWaiter<C>> = new Set()
  readonly #favourites = new Favourites<C>()
  readonly slots: SharedSlots
  readonly ownSlots: Slots
  readonly wires: PoolWires<C>
  readonly minSize: number
  readonly maxSize: number
  readonly outlier: OutlierRecord | undefined
  known: ResolvedEndpoint
  tier: number
  standing: Standing = 'up'
  slowStart: SlowStart | undefined = undefined
  readonly #listener: EndpointListener<C>

  constructor(
    known: ResolvedEndpoint,
    options: ResolvedPoolOptions<C>,
    context: {
      readonly slots: Slots
      readonly tier: number
      readonly outlier: OutlierRecord | undefined
      readonly listener: EndpointListener<C>
      /** The slots of its endpoint, shared with pools of it that were taken out and are still being drained. */
      readonly ownSlots: Slots
    },
  ) {
    const { maxSize, minSize } = options
    const { slots, ownSlots, listener } = context
    this.known = known
    this.endpoint = known.endpoint.text
    this.weight = known.weight
    this.tier = context.tier
    this.outlier = context.outlier
    this.maxSize = maxSize
    this.minSize = minSize
    this.#listener = listener
    this.ownSlots = ownSlots
    this.slots = new SlotShare(slots, ownSlots, this)
    this.wires = new PoolWires(options, this)
    this.#roster = this.wires.machine.roster
  }

  // --- as the balancer and the rules see it ---

  get zone(): string | undefined {
    return this.known.zone
  }

  get leased(): number {
    return this.#roster.leased
  }

  get waiting(): number {
    return this.tickets.size
  }

  get size(): number {
    return this.#roster.size
  }

  get idle(): number {
    return this.#roster.idle.length
  }

  get dialing(): number {
    return this.#roster.dialing
  }

  get total(): number {
    return this.#roster.total
  }

  get hasRoom(): boolean {
    return this.wires.machine.hasRoom
  }

  get wantsMore(): boolean {
    return this.tickets.size > this.dialing || this.total + this.dialing < this.minSize
  }

  standingAt(now: number): Standing {
    if (this.wires.bug !== undefined) return 'down'
    if (this.outlier !== undefined && now < this.outlier.ejectedUntil) return 'ejected'
    if (this.wires.machine.shunnedUntil(now) === -Infinity) return 'up'
    return this.wires.machine.breakerState === 'closed' ? 'resting' : 'down'
  }

  standsUntil(now: number): number {
    if (this.wires.bug !== undefined) return Infinity
    const ejectedUntil = this.outlier?.ejectedUntil ?? -Infinity
    return now < ejectedUntil ? ejectedUntil : this.wires.machine.shunnedUntil(now)
  }

  ask(ticket: Ticket<C>): void {
    const key = ticket.waiter?.affinityKey
    if (key !== undefined) this.prefer(key)
    this.wires.ask(ticket)
  }

  withdraw(ticket: Ticket<C>): void {
    this.wires.withdraw(ticket)
  }

  look(): void {
    this.wires.look()
  }

  giveOneUp(): void {
    const maxSize = Math.max(0, this.size - 1)
    this.wires.resize({ minSize: Math.min(this.minSize, maxSize), maxSize })
  }

  keepAll(): void {
    this.wires.resize({ minSize: this.minSize, maxSize: this.maxSize })
  }

  closeIdle(count: number): void {
    this.wires.limitTo(this.total + this.dialing - count)
    this.wires.limitTo(Infinity)
  }

  /** The connection that this key last had is lent next, if it is idle. */
  prefer(key: string): void {
    const favourite = this.#favourites.get(key)
    if (favourite !== undefined) this.wires.machine.prefer(favourite)
  }

  remember(key: string, lease: Lease<C>): void {
    this.#favourites.set(key, entryBehind(lease))
  }

  // --- what its pool tells ---

  get hearsReleases(): boolean {
    return this.#listener.hearsReleases || this.outlier?.isCalm === false
  }

  leaseEnded(outcome: LeaseOutcome, leaseMs: number, now: number): void {
    if (outcome === 'clean') this.#record.succeeded(leaseMs, now)
    else if (outcome !== 'closed') this.#record.failed(now)
    this.#noteRecord()
    if (outcome === 'clean' || outcome === 'failed') this.#listener.leaseEnded(this, outcome === 'failed', now)
    this.#listener.loadChanged(this)
  }

  dialed(now: number): void {
    this.fade(now)
    if (this.wires.machine.breakerState !== 'closed') this.#listener.returned(this, now)
  }

  dialFailed(now: number): void {
    this.#record.failed(now)
    this.#noteRecord()
    // A breaker is there for dials; what is counted here as well would keep an endpoint out when it is back.
    if (this.wires.breaker === undefined) this.#listener.leaseEnded(this, true, now)
  }

  changed(): void {
    this.weighLoad()
    this.#listener.changed(this)
  }

  slotFreed(): void {
    this.#listener.slotFreed()
  }

  /** Time passes: what is remembered fades. */
  fade(now: number): void {
    this.#record.refresh(now)
    this.#noteRecord()
  }

  /** Between two events leases alone change it, and are counted as they come and go. */
  weighLoad(): void {
    this.load = this.leased + this.tickets.size
  }

  #noteRecord(): void {
    this.latencyMs = this.#record.latencyMs
    this.failureRatio = this.#record.failureRatio
  }
}
