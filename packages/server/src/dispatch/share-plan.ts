/** What a worker has, and what it should have. */
export interface Stake {
  readonly share: number
  /** At least `share`: it was told to give back what is more, and has not yet. */
  readonly reserved: number
  readonly target: number
}

/**
 * The next shares. Slots that are free go to those below their target, who has least first; then, to those who have least
 * at all. Only as much is taken from those above theirs as others lack, from the greatest surplus first. The targets are
 * together no more than the limit.
 */
export function planShares(limit: number, stakes: readonly Stake[]): number[] {
  const shares = stakes.map(({ share }) => share)
  const free = raise(shares, stakes, limit - sumOf(stakes.map(({ reserved }) => reserved)))
  const missing = sumOf(stakes.map(({ target }, place) => Math.max(target, shares[place] ?? 0))) - limit
  if (missing > 0) takeAway(shares, stakes, missing)
  else spread(shares, stakes, free)
  return shares
}

/** Answers what is still free. */
function raise(shares: number[], stakes: readonly Stake[], free: number): number {
  let left = free
  for (const { stake, place } of inOrder(stakes, ({ share }) => share)) {
    // What is still reserved for it costs nothing.
    const affordable = stake.reserved + Math.max(0, left)
    const share = Math.max(stake.share, Math.min(stake.target, affordable))
    shares[place] = share
    left -= Math.max(0, share - stake.reserved)
  }
  return left
}

function takeAway(shares: number[], stakes: readonly Stake[], missing: number): void {
  let left = missing
  for (const { stake, place } of inOrder(stakes, ({ share, target }) => target - share)) {
    const cut = Math.min(Math.max(0, stake.share - stake.target), left)
    shares[place] = (shares[place] ?? 0) - cut
    left -= cut
  }
}

function spread(shares: number[], stakes: readonly Stake[], free: number): void {
  let left = free
  while (left > 0 && shares.length > 0) {
    const place = shares.indexOf(Math.min(...shares))
    const share = (shares[place] ?? 0) + 1
    shares[place] = share
    if (share > (stakes[place]?.reserved ?? 0)) left--
  }
}

function inOrder(stakes: readonly Stake[], by: (stake: Stake) => number): { stake: Stake; place: number }[] {
  return stakes.map((stake, place) => ({ stake, place })).toSorted((one, other) => by(one.stake) - by(other.stake))
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0)
}
