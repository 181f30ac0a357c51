import type { SharedSlots } from '../pool/shared-slots.ts'

/** The slots for connections that all endpoints of an upstream share: `maxSize` over all. */
export class Slots {
  limit: number
  taken = 0
  /** Idle connections of all endpoints together. */
  idle = 0

  constructor(limit: number) {
    this.limit = limit
  }

  get isFree(): boolean {
    return this.taken < this.limit
  }
}

/** What the pool of one endpoint sees of them. */
export class SlotShare implements SharedSlots {
  readonly #slots: Slots
  readonly #hasOwnRoom: () => boolean
  readonly #freed: () => void

  /** `hasOwnRoom`: asks whether its endpoint has room, beside what an earlier pool of the same endpoint has left. */
  constructor(slots: Slots, hasOwnRoom: () => boolean, freed: () => void) {
    this.#slots = slots
    this.#hasOwnRoom = hasOwnRoom
    this.#freed = freed
  }

  get isFree(): boolean {
    return this.#slots.isFree && this.#hasOwnRoom()
  }

  taken(): void {
    this.#slots.taken++
  }

  freed(): void {
    this.#slots.taken--
    this.#freed()
  }

  rested(): void {
    this.#slots.idle++
  }

  roused(): void {
    this.#slots.idle--
  }
}
