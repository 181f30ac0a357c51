import type { Member } from './member.ts'
import type { Selection } from './selection.ts'
import type { Slots } from './slots.ts'
import { Surplus } from './surplus.ts'

/** How long it is not worth while to look again for an endpoint that has more than its share. */
const LOOK_AGAIN_MS = 100

/**
 * Finds a place for a caller whose endpoint can open no connection: one that is idle elsewhere, or, where the common
 * limit is the reason and others have more than their share of it, a slot that one of them gives up. One at a time, so
 * that shares change gradually.
 */
export class RoomMaker<C> {
  readonly #selection: Selection<C>
  readonly #slots: Slots
  /** Who is giving up a slot, and for whom: an open connection, so that no dial is ever in vain. */
  #giver: Member<C> | undefined
  #taker: Member<C> | undefined
  #lookAgainAt = -Infinity
  #cursor = 0
  #summed: readonly Member<C>[] = []
  #sum = 0
  #sumAgainAt = -Infinity
  #now = 0

  constructor(selection: Selection<C>, slots: Slots) {
    this.#selection = selection
    this.#slots = slots
  }

  /** Where a caller is best placed who was given to this endpoint, but is not bound to it. */
  homeFor(member: Member<C>, now: number): Member<C> {
    if (member.idle > 0 || hasSpare(member)) return member
    const isDialedFor = member.tickets.size < member.dialing // he is not among them yet
    if (!isDialedFor && this.#claimShareOf(member, now)) return member
    return this.withIdle(member) ?? this.withRoom(member, now) ?? member
  }

  /** Another endpoint that would open a connection for one more caller. */
  withRoom(except: Member<C> | undefined, now: number): Member<C> | undefined {
    if (!this.#slots.isFree) return undefined
    const usable = this.#selection.usableAt(now)
    for (let steps = 0; steps < usable.length; steps++) {
      this.#cursor = (this.#cursor + 1) % usable.length
      const member = usable[this.#cursor]
      if (member !== undefined && member !== except && hasSpare(member)) return member
    }
    return undefined
  }

  /** Asks those who have more than their share for a slot, if this one has less and is not dialing for all it serves. */
  claimShareOf(member: Member<C>, now: number): void {
    if (member.wantsMore) this.#claimShareOf(member, now)
  }

  /** For callers who can be served by this endpoint only: none is made for one for whom it is dialing. */
  makeRoomFor(member: Member<C>, now: number): void {
    if (member.idle > 0 || member.hasRoom || this.#slots.isFree || !member.wantsMore) return
    this.#now = now
    const hasNone = member.size === 0
    if (!hasNone && !this.#isBelowItsShare(member)) return
    const leastAtGiver = (other: Member<C>): number => (hasNone ? 0 : this.#shareOf(other))
    this.#makeRoom(member, (other) => other !== member && other.total > leastAtGiver(other))
  }

  /** Another endpoint with an idle connection that may serve a caller; not always the same, where there are several. */
  withIdle(except: Member<C> | undefined): Member<C> | undefined {
    const { members } = this.#selection
    const others = this.#slots.idle - (except?.idle ?? 0)
    for (let steps = 0; others > 0 && steps < members.length; steps++) {
      this.#cursor = (this.#cursor + 1) % members.length
      const member = members[this.#cursor]
      if (member !== undefined && member !== except && member.idle > 0 && this.#selection.mayLend(member)) return member
    }
    return undefined
  }

  /** A slot has become free: it is for whom it was given up, if it was. */
  slotFreed(): void {
    const giver = this.#giver
    this.#giver = undefined
    if (giver === undefined) return
    this.#taker?.look()
    giver.keepAll()
  }

  /** The limit is lower than it was: what idles over it is closed, where there is most for its share. */
  closeSurplus(now: number): void {
    if (!this.#slots.isOverdrawn) return
    this.#now = now
    this.#selection.usableAt(now)
    const surplus = new Surplus(this.#selection.members, (member) => this.#shareOf(member))
    for (const [member, count] of surplus.draw(this.#slots.taken - this.#slots.closing - this.#slots.limit)) {
      member.closeIdle(count)
    }
  }

  forget(member: Member<C>): void {
    if (this.#giver === member) this.#giver = undefined
    if (this.#taker === member) this.#taker = undefined
  }

  /** Whether one gives its up now. */
  #claimShareOf(member: Member<C>, now: number): boolean {
    this.#now = now
    if (this.#slots.isFree || !this.#isBelowItsShare(member)) return false
    return this.#makeRoom(member, (other) => other.total > this.#shareOf(other))
  }

  /** Whether one is giving up a slot now. */
  #makeRoom(taker: Member<C>, mayGive: (member: Member<C>) => boolean): boolean {
    // Over a limit that was lowered, connections close as it is: none that closes makes room for another.
    if (this.#slots.taken > this.#slots.limit) return false
    if (this.#giver !== undefined || this.#now < this.#lookAgainAt) return false
    let giver: Member<C> | undefined
    for (const member of this.#selection.members) {
      if (mayGive(member) && (giver === undefined || this.#excess(member) > this.#excess(giver))) giver = member
    }
    if (giver === undefined) this.#lookAgainAt = this.#now + LOOK_AGAIN_MS
    this.#giver = giver
    this.#taker = taker
    giver?.giveOneUp()
    return giver !== undefined
  }

  #excess(member: Member<C>): number {
    return member.size / this.#shareOf(member) + (member.idle > 0 ? 1 : 0)
  }

  #isBelowItsShare(member: Member<C>): boolean {
    return member.size < this.#shareOf(member)
  }

  /**
   * Its part of the common limit, by weight, among the endpoints that are used now: at least one slot. A backup that is
   * not needed has none, or what it keeps idle and does not lend would keep those before it from being dialed.
   */
  #shareOf(member: Member<C>): number {
    if (!this.#selection.isOfUsedTier(member)) return 0
    if (member.standing !== 'up') return 1
    return Math.max(1, Math.floor((this.#slots.limit * member.weight) / this.#weights()))
  }

  /** Summed anew only when others are used, or after a while: weights change slowly. */
  #weights(): number {
    const { usable } = this.#selection
    if (usable === this.#summed && this.#now < this.#sumAgainAt) return this.#sum
    this.#summed = usable
    this.#sumAgainAt = this.#now + LOOK_AGAIN_MS
    this.#sum = 0
    for (const { weight } of usable) this.#sum += weight
    return this.#sum
  }
}

/** Whether its pool would dial for one more caller than wait for it already. */
function hasSpare<C>(member: Member<C>): boolean {
  return member.hasRoom && member.tickets.size < member.maxSize - member.size + member.dialing
}
