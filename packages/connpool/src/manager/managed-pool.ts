import type { Patron } from '../pool/patron.ts'
import { type Pool, poolUnder, wiresBehind } from '../pool/pool.ts'
import type { PoolOptions } from '../pool/pool-options.ts'
import type { PoolWires } from '../pool/pool-wires.ts'
import type { SharedSlots } from '../pool/shared-slots.ts'
import type { FairShares, Sharer } from './fair-shares.ts'
import type { LeavingPools } from './leaving-pools.ts'

/** What a pool tells its manager. */
export interface PoolKeeper<C> {
  readonly shares: FairShares<ManagedPool<C>>
  /** Those before it, with connections that its endpoint still counts. */
  readonly leaving: LeavingPools<ManagedPool<C>>
  /** Somebody uses it now. */
  roused(pool: ManagedPool<C>): void
  /** Nobody uses it any more, or somebody has used it for a moment. */
  cameToRest(pool: ManagedPool<C>): void
  changed(pool: ManagedPool<C>): void
}

/** One pool of a manager, and what its manager knows of it. */
export class ManagedPool<C> implements Patron, Sharer, SharedSlots {
  readonly identity: string
  readonly pool: Pool<C>
  readonly hearsReleases: boolean = true
  /** When it was last used, on the clock of its manager. */
  idleSince: number = -Infinity
  readonly #wires: PoolWires<C>
  readonly #keeper: PoolKeeper<C>
  #isInUse = false
  #leasesEnded = 0

  constructor(identity: string, options: PoolOptions<C>, keeper: PoolKeeper<C>) {
    this.identity = identity
    this.#keeper = keeper
    this.pool = poolUnder(this, options)
    this.#wires = wiresBehind(this.pool)
  }

  get endpoint(): string {
    return this.#wires.endpointText
  }

  /** False once it is being closed, by whomever. */
  get isRunning(): boolean {
    return this.#wires.machine.lifecycle === 'running'
  }

  /** No connection will come any more, and none is left. */
  get isOver(): boolean {
    return this.#wires.machine.lifecycle === 'stopped'
  }

  // --- as one of those who share slots ---

  get size(): number {
    return this.#roster.size
  }

  get closing(): number {
    return this.#roster.closing
  }

  get idle(): number {
    return this.#roster.idle.length
  }

  get dialing(): number {
    return this.#roster.dialing
  }

  get isInUse(): boolean {
    return this.#roster.leased > 0 || this.#wires.machine.waiting > 0
  }

  get unserved(): number {
    const { dialing, probing } = this.#roster
    return Math.max(0, this.#wires.machine.waiting - dialing - probing)
  }

  get growth(): number {
    const { machine } = this.#wires
    if (!this.isRunning || machine.isPaused || machine.shunnedUntil(this.#wires.freshNow()) !== -Infinity) return 0
    return Math.max(0, Math.min(this.#ownRoom, machine.dialLimit - this.dialing))
  }

  get isBelowFloor(): boolean {
    return this.#roster.total + this.dialing < this.#wires.machine.minSize
  }

  limitTo(count: number): void {
    this.#wires.limitTo(count)
  }

  look(): void {
    this.#wires.look()
  }

  // --- as the keeper of the slots of its pool ---

  get slots(): SharedSlots {
    return this
  }

  get isFree(): boolean {
    return this.#ownRoom > 0 && this.#keeper.shares.mayTake(this)
  }

  /** What its own limit leaves it, and those of its endpoint that came before it. */
  get #ownRoom(): number {
    return this.#wires.machine.maxSize - this.size - this.#keeper.leaving.sizeOf(this.identity)
  }

  /** Who has too many is told so by {@link limitTo}. */
  get isOverdrawn(): boolean {
    return false
  }

  taken(): void {
    this.#keeper.shares.took()
  }

  freed(): void {
    this.#keeper.shares.gaveBack()
  }

  noteClosing(): void {}

  rested(): void {}

  roused(): void {}

  // --- what its pool tells ---

  leaseEnded(): void {}

  dialed(): void {}

  dialFailed(): void {}

  changed(): void {
    this.#noteUse()
    this.#keeper.changed(this)
  }

  /** A lease that began and ended unseen is one that has ended since the last look. */
  #noteUse(): void {
    const { released, discarded, endedOtherwise, lost } = this.#wires.machine.counts
    const leasesEnded = released + discarded + endedOtherwise + lost
    const { isInUse } = this
    if (isInUse === this.#isInUse && leasesEnded === this.#leasesEnded) return
    this.#isInUse = isInUse
    this.#leasesEnded = leasesEnded
    if (isInUse) this.#keeper.roused(this)
    else this.#keeper.cameToRest(this)
  }

  get #roster(): PoolWires<C>['machine']['roster'] {
    return this.#wires.machine.roster
  }
}
