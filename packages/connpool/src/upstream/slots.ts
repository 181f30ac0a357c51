import type { SharedSlots } from '../pool/shared-slots.ts'

/**
 * Slots for connections: those that all endpoints of an upstream share (`maxSize` over all), or those of one endpoint
 * (`pool.maxSize`), which its pool shares with earlier ones that are still being drained.
 */
export class Slots {
  limit: number
  taken = 0
  /** Idle connections among them. */
  idle = 0
  /** Of connections that are being closed. */
  closing = 0

  constructor(limit: number) {
    this.limit = limit
  }

  get isFree(): boolean {
    return this.taken < this.limit
  }

  /** Asks: are there more connections than there may be since the limit was lowered, once those being closed are gone? */
  get isOverdrawn(): boolean {
    return this.taken - this.closing > this.limit
  }
}

/** Whose load is kept up to date with every lease. What is not a lease is put right when the event is over. */
export interface Loaded {
  load: number
}

/** What the pool of one endpoint sees of both. */
export class SlotShare implements SharedSlots {
  readonly #common: Slots
  readonly #own: Slots
  readonly #member: Loaded & { slotFreed(): void }

  constructor(common: Slots, own: Slots, member: Loaded & { slotFreed(): void }) {
    this.#common = common
    this.#own = own
    this.#member = member
  }

  get isFree(): boolean {
    return this.#common.isFree && this.#own.isFree
  }

  get isOverdrawn(): boolean {
    return this.#common.isOverdrawn
  }

  taken(): void {
    this.#common.taken++
    this.#own.taken++
  }

  /** Told only where somebody may have lacked a slot: it costs a look at all endpoints. */
  freed(): void {
    const wasSpent = !this.isFree
    this.#common.taken--
    this.#own.taken--
    if (wasSpent) this.#member.slotFreed()
  }

  noteClosing(change: 1 | -1): void {
    this.#common.closing += change
  }

  rested(): void {
    this.#common.idle++
    this.#member.load--
  }

  roused(): void {
    this.#common.idle--
    this.#member.load++
  }
}
