import type { Member, Standing } from './member.ts'
import { isPanicking } from './panic.ts'

/**
 * Which endpoints callers are given to now. Kept until something changes, so that the balancer gets the same array again
 * and again: those that are up, of the first tier that has any; where too few are up, the ejected ones as well (panic);
 * where none is, those that rest after a failed dial, and at last nobody.
 */
export class Selection<C> {
  readonly #panicRatio: number
  #members: readonly Member<C>[] = []
  #usable: readonly Member<C>[] = []
  #until = -Infinity
  #isStale = true

  /** Below `panicRatio` of all endpoints up, ejections are ignored. */
  constructor(panicRatio: number) {
    this.#panicRatio = panicRatio
  }

  get members(): readonly Member<C>[] {
    return this.#members
  }

  replace(members: readonly Member<C>[]): void {
    this.#members = members
    this.#isStale = true
  }

  /** How an endpoint stands may have changed: answers `back` if it is up and was not. */
  note(member: Member<C>, now: number): 'back' | undefined {
    const standing = member.standingAt(now)
    if (member.standing === standing) return undefined
    this.#isStale = true
    return standing === 'up' ? 'back' : undefined
  }

  /** Asks: is what {@link usableAt} said last still true? */
  isFresh(now: number): boolean {
    return !this.#isStale && now < this.#until
  }

  /** What it said last; only while {@link isFresh}. */
  get usable(): readonly Member<C>[] {
    return this.#usable
  }

  /**
   * Asks: may what is idle there serve a caller? One that is only not to be dialed now (its dials fail, or its breaker is
   * open) serves with what it has; a backup, or one that is ejected, does not while others are used.
   */
  mayLend(member: Member<C>): boolean {
    const [first] = this.#usable
    if (first === undefined || member.tier < first.tier) return true
    return member.tier === first.tier && (member.standing !== 'ejected' || this.#usable.includes(member))
  }

  /** Asks: does it belong to those that are used first, whether it is used itself or not? */
  isOfUsedTier({ tier }: Member<C>): boolean {
    const [first] = this.#usable
    return first === undefined || tier <= first.tier
  }

  usableAt(now: number): readonly Member<C>[] {
    if (!this.isFresh(now)) this.#select(now)
    return this.#usable
  }

  #select(now: number): void {
    this.#isStale = false
    this.#until = Infinity
    for (const member of this.#members) this.#assess(member, now)
    const usable = firstTier(this.#eligible)
    if (!isSame(usable, this.#usable)) this.#usable = usable
  }

  #assess(member: Member<C>, now: number): void {
    member.standing = member.standingAt(now)
    if (member.standing !== 'up') this.#until = Math.min(this.#until, member.standsUntil(now))
  }

  get #eligible(): readonly Member<C>[] {
    const up = this.#thatStand('up')
    const isPanic = isPanicking(up.length, this.#members.length, this.#panicRatio)
    const preferred = isPanic ? this.#thatStand('up', 'ejected') : up
    if (preferred.length > 0) return preferred
    const resting = this.#thatStand('resting')
    return resting.length > 0 ? resting : this.#thatStand('ejected')
  }

  #thatStand(...standings: readonly Standing[]): readonly Member<C>[] {
    return this.#members.filter(({ standing }) => standings.includes(standing))
  }
}

function firstTier<C>(members: readonly Member<C>[]): readonly Member<C>[] {
  let first = Infinity
  for (const { tier } of members) first = Math.min(first, tier)
  return members.filter(({ tier }) => tier === first)
}

function isSame<T>(one: readonly T[], other: readonly T[]): boolean {
  return one.length === other.length && one.every((each, index) => each === other[index])
}
