import type { Member } from './member.ts'

/** What one endpoint would be left with, and how much of that is idle. */
interface Holding<C> {
  readonly member: Member<C>
  readonly share: number
  open: number
  idle: number
}

/**
 * Which idle connections are closed when all endpoints together have too many: one after the other where there is most
 * for its share. What an endpoint keeps for nobody in particular (`minSize`) is spared as long as others can give.
 */
export class Surplus<C> {
  readonly #holdings: readonly Holding<C>[]

  constructor(members: readonly Member<C>[], shareOf: (member: Member<C>) => number) {
    this.#holdings = members
      .filter(({ idle }) => idle > 0)
      .map((member) => ({ member, share: shareOf(member), open: member.total + member.dialing, idle: member.idle }))
  }

  /** How many each endpoint gives, so many in all, or all that are idle. */
  draw(count: number): ReadonlyMap<Member<C>, number> {
    const given = new Map<Member<C>, number>()
    for (let missing = count; missing > 0; missing--) {
      const giver = this.#most(({ open, member }) => open > member.minSize) ?? this.#most(() => true)
      if (giver === undefined) break
      giver.open--
      giver.idle--
      given.set(giver.member, (given.get(giver.member) ?? 0) + 1)
    }
    return given
  }

  /** Of those who may give: whoever has most for its share. */
  #most(mayGive: (holding: Holding<C>) => boolean): Holding<C> | undefined {
    let most: Holding<C> | undefined
    for (const holding of this.#holdings) {
      if (holding.idle === 0 || !mayGive(holding)) continue
      if (most === undefined || holding.open / holding.share > most.open / most.share) most = holding
    }
    return most
  }
}
