/** One of those who share. */
export interface Claim {
  readonly need: number
  /** What it has now: where a rest cannot be divided, who has it keeps it. */
  readonly has: number
  /** Since when it has been waiting for its turn; `Infinity`: it is not. The longest wait is first to get of a rest. */
  readonly since: number
}

/**
 * Divides a whole number so that nobody gets more than it needs, and what one does not need the others share evenly. Answers
 * the parts in the order of the claims; together they are no more than `total`.
 */
export function fairParts(total: number, claims: readonly Claim[]): number[] {
  const { level, rest } = levelOf(total, claims)
  const parts = claims.map(({ need }) => Math.min(need, level))
  const wanting = claims.flatMap((claim, place) => (claim.need > level ? [{ claim, place }] : []))
  const inTurn = wanting.toSorted((one, other) => compare(one.claim, other.claim, level) || one.place - other.place)
  for (const { place } of inTurn.slice(0, rest)) parts[place] = level + 1
  return parts
}

/** Up to which need everybody gets what it needs, and what cannot be divided among those who need more. */
function levelOf(total: number, claims: readonly Claim[]): { readonly level: number; readonly rest: number } {
  const needs = claims.map(({ need }) => need).toSorted((one, other) => one - other)
  let left = total
  for (const [place, need] of needs.entries()) {
    const count = needs.length - place
    const level = Math.floor(left / count)
    if (need > level) return { level, rest: left - level * count }
    left -= need
  }
  return { level: Infinity, rest: 0 }
}

function compare(one: Claim, other: Claim, level: number): number {
  if (one.since !== other.since) return one.since < other.since ? -1 : 1
  return Number(other.has > level) - Number(one.has > level)
}
