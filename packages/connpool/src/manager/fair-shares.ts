/**
 * Who of several pools may have the slots for connections that they share. No time, chance or I/O: every answer follows
 * from the numbers of the pools.
 *
 * A pool that somebody uses or waits for is entitled to its share: the limit divided by the number of such pools, at
 * least one slot. What one does not need another may borrow. As soon as a pool below its share wants a slot and none is
 * free, the borrowers give theirs back: idle connections at once, others when their lease ends. Where there are more such
 * pools than slots they take turns.
 */

/** One pool, as the rules see it: numbers, and orders. An order may change the numbers of this pool before it returns. */
export interface Sharer {
  /** Slots it has taken: connections open, being opened and being closed. */
  readonly size: number
  readonly closing: number
  readonly idle: number
  readonly dialing: number
  /** Somebody has a connection, or waits for one. */
  readonly isInUse: boolean
  /** Callers whom none of the dials and examinations under way will serve. */
  readonly unserved: number
  /** How many dials its own limits and the state of its endpoint would let it start now. */
  readonly growth: number
  /** Whether it has fewer connections than it keeps for nobody in particular. */
  readonly isBelowFloor: boolean
  /** Keeps at most so many connections: gives up idle ones now, leased ones when they come back. `Infinity`: all. */
  limitTo(count: number): void
  /** Slots are free: dials, if {@link FairShares.mayTake} agrees. */
  look(): void
}

/** A pool that waits for its share, and since when, by the count of such beginnings. */
interface Claim<S> {
  readonly sharer: S
  readonly since: number
}

export class FairShares<S extends Sharer> {
  readonly limit: number
  readonly #sharers = new Set<S>()
  readonly #claims = new Map<S, Claim<S>>()
  readonly #limited = new Set<S>()
  #taken = 0
  /** Somebody could have used another slot when it was last looked. */
  #isWanting = false
  #claimsEver = 0
  #isSettling = false

  constructor(limit: number) {
    this.limit = limit
  }

  /** Slots in use, by pools that are still counted and by those whose last connections are going. */
  get taken(): number {
    return this.#taken
  }

  /** Asks: may this pool open another connection now? Not while others that come before it could use what is free. */
  mayTake(sharer: S): boolean {
    const free = this.limit - this.#taken
    return free > 0 && free > this.#claimedBefore(sharer)
  }

  took(): void {
    this.#taken++
  }

  gaveBack(): void {
    this.#taken--
  }

  join(sharer: S): void {
    this.#sharers.add(sharer)
  }

  /** It is over: what it has not given back it never will. */
  leave(sharer: S): void {
    this.#taken -= sharer.size
    this.#sharers.delete(sharer)
    this.#claims.delete(sharer)
    this.#limited.delete(sharer)
  }

  /**
   * Something has changed in one of the pools: slots that are free go to those who come first, and those who have too
   * many are told. What its own orders bring about is looked at once they have been given.
   */
  settle(): void {
    if (this.#isSettling || this.limit === Infinity || !this.#isTight) return
    this.#isSettling = true
    let before: number
    do {
      before = this.#taken
      this.#note()
      this.#reclaim()
      this.#wake()
    } while (before !== this.#taken)
    this.#isWanting = [...this.#sharers].some((sharer) => isWanting(sharer))
    this.#isSettling = false
  }

  /** Only then can one be in the way of another; else each helps itself. */
  get #isTight(): boolean {
    return this.#taken >= this.limit || this.#isWanting || this.#claims.size > 0 || this.#limited.size > 0
  }

  // --- who comes first ---

  #note(): void {
    const share = this.#share
    for (const sharer of this.#sharers) {
      if (claimOf(sharer, share) === 0) this.#claims.delete(sharer)
      else if (!this.#claims.has(sharer)) this.#claims.set(sharer, { sharer, since: ++this.#claimsEver })
    }
  }

  get #share(): number {
    return Math.max(1, Math.floor(this.limit / Math.max(1, this.#inUse)))
  }

  get #inUse(): number {
    let inUse = 0
    for (const sharer of this.#sharers) if (sharer.isInUse) inUse++
    return inUse
  }

  #claimedBefore(sharer: S): number {
    if (this.#claims.size === 0) return 0
    const own = this.#claims.get(sharer)
    const share = this.#share
    let before = 0
    for (const claim of this.#claims.values()) {
      if (claim === own) continue
      if (own === undefined || comesBefore(claim, own)) before += claimOf(claim.sharer, share)
    }
    return before
  }

  // --- giving back ---

  /** Idle connections of those who have more than their share, the greatest surplus first; else what comes back first. */
  #reclaim(): void {
    const share = this.#share
    let missing = this.#missingOf(share)
    for (let giver = this.#idleGiver(share); missing > 0 && giver !== undefined; giver = this.#idleGiver(share)) {
      this.#limit(giver, open(giver) - 1)
      missing--
    }
    const takesTurns = this.#inUse > this.limit
    for (const sharer of this.#sharers) {
      const mayGive = surplus(sharer, share) > 0 || (takesTurns && hasHadTurn(sharer))
      if (missing > 0 && mayGive) this.#limit(sharer, open(sharer) - 1)
      else this.#lift(sharer)
    }
  }

  /** Slots that are wanted, less those that are free or about to be. */
  #missingOf(share: number): number {
    let missing = this.#taken - this.limit
    for (const sharer of this.#sharers) missing -= sharer.closing
    for (const sharer of this.#claims.keys()) missing += claimOf(sharer, share)
    return missing
  }

  #idleGiver(share: number): S | undefined {
    let giver: S | undefined
    for (const sharer of this.#sharers) {
      if (sharer.idle === 0 || surplus(sharer, share) <= 0) continue
      if (giver === undefined || surplus(sharer, share) > surplus(giver, share)) giver = sharer
    }
    return giver
  }

  #limit(sharer: S, count: number): void {
    this.#limited.add(sharer)
    sharer.limitTo(count)
  }

  #lift(sharer: S): void {
    if (this.#limited.delete(sharer)) sharer.limitTo(Infinity)
  }

  // --- taking ---

  /** Those who claim their share, in order; then those who could borrow; then those who keep some for nobody. */
  #wake(): void {
    if (this.#taken >= this.limit) return
    const claims = [...this.#claims.values()].toSorted((one, other) => (comesBefore(one, other) ? -1 : 1))
    for (const { sharer } of claims) if (!this.#offer(sharer)) this.#claims.delete(sharer) // nobody waits for it
    const others = [...this.#sharers].filter((sharer) => !this.#claims.has(sharer) && isWanting(sharer))
    const borrowers = others.filter(({ unserved }) => unserved > 0).toSorted((one, other) => one.size - other.size)
    for (const sharer of borrowers) this.#offer(sharer)
    for (const sharer of others) this.#offer(sharer)
  }

  /** Answers whether it took what it was offered; that is no answer where there is nothing to offer. */
  #offer(sharer: S): boolean {
    const before = this.#taken
    if (before >= this.limit) return true
    sharer.look()
    return this.#taken > before
  }
}

/** Able to use another slot, for a caller or to keep it. */
function isWanting(sharer: Sharer): boolean {
  return (sharer.unserved > 0 || sharer.isBelowFloor) && sharer.growth > 0
}

/** How many slots it is entitled to, has not, and could use now. */
function claimOf(sharer: Sharer, share: number): number {
  return Math.max(0, Math.min(sharer.unserved, sharer.growth, share - open(sharer)))
}

/** Whoever has fewest slots, and among equals whoever has claimed longest. */
function comesBefore<S extends Sharer>(one: Claim<S>, other: Claim<S>): boolean {
  const fewer = one.sharer.size - other.sharer.size
  return fewer === 0 ? one.since < other.since : fewer < 0
}

/** Connections that are not being closed. */
function open({ size, closing }: Sharer): number {
  return size - closing
}

/** What it has over its share; who is not in use has none. */
function surplus(sharer: Sharer, share: number): number {
  return open(sharer) - (sharer.isInUse ? share : 0)
}

/** Not before its connection is open: else slots would go round with nobody served. */
function hasHadTurn(sharer: Sharer): boolean {
  return sharer.dialing === 0 && open(sharer) > 0
}
