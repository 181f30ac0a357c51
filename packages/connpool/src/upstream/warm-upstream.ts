import type { EndpointPool } from './endpoint-pool.ts'
import type { UpstreamWires } from './upstream-wires.ts'

/** So often the connections that an endpoint could not open are asked of the others. */
const MOST_ROUNDS = 3

/** Opens connections at all endpoints: `minSize` at each, or so many in all. */
export async function warmUpstream<C>(
  wires: UpstreamWires<C>,
  target: number | 'minSize',
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted()
  if (wires.machine.lifecycle !== 'running') throw wires.refusals.closed()
  await wires.endpoints.known(signal)
  let members = wires.endpoints.used
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const results = await warmEach(wires, members, target, signal)
    signal?.throwIfAborted()
    const reached = members.filter((_, index) => results[index]?.status === 'fulfilled')
    if (reached.length === 0) throw firstReason(results)
    if (reached.length === members.length || target === 'minSize') return
    members = reached
  }
}

/** Begins anew when the limit over all changes meanwhile: what was asked for may be more than there may be. */
async function warmEach<C>(
  wires: UpstreamWires<C>,
  members: readonly EndpointPool<C>[],
  target: number | 'minSize',
  signal: AbortSignal | undefined,
): Promise<readonly PromiseSettledResult<void>[]> {
  const { resized } = wires
  const { limit } = wires.slots
  const counts = target === 'minSize' ? floorsWithin(members, limit) : sharesOf(members, Math.min(target, limit))
  const ended = signal === undefined ? resized : AbortSignal.any([signal, resized])
  const warmed = members.map((member, index) => member.wires.warm(counts[index] ?? 0, ended))
  const results = await Promise.allSettled(warmed)
  const mustRepeat = resized.aborted && signal?.aborted !== true
  return mustRepeat ? await warmEach(wires, members, target, signal) : results
}

/** `minSize` for each, or what the common limit leaves of it: those that come first get theirs first. */
function floorsWithin<C>(members: readonly EndpointPool<C>[], limit: number): number[] {
  const counts = members.map(({ total, dialing }) => total + dialing)
  let free = Math.max(0, limit - counts.reduce((sum, count) => sum + count, 0))
  return members.map(({ minSize }, index) => {
    const count = counts[index] ?? 0
    const more = Math.min(free, Math.max(0, minSize - count))
    free -= more
    return Math.min(minSize, count + more)
  })
}

/** How many connections each should have, so that there are `count` in all: what is missing is added by weight. */
function sharesOf<C>(members: readonly EndpointPool<C>[], count: number): number[] {
  const shares = members.map(({ total }) => total)
  for (let missing = count - shares.reduce((sum, share) => sum + share, 0); missing > 0; missing--) {
    const next = leastServed(members, shares)
    if (next === undefined) break
    shares[next] = (shares[next] ?? 0) + 1
  }
  return shares
}

/** The place of the one that has the least for its weight and room for more. */
function leastServed<C>(members: readonly EndpointPool<C>[], shares: readonly number[]): number | undefined {
  let least: number | undefined
  let leastShare = Infinity
  for (const [index, { known, maxSize }] of members.entries()) {
    const share = ((shares[index] ?? 0) + 1) / known.weight
    if ((shares[index] ?? 0) >= maxSize || share >= leastShare) continue
    least = index
    leastShare = share
  }
  return least
}

function firstReason(results: readonly PromiseSettledResult<void>[]): unknown {
  return results.find((result) => result.status === 'rejected')?.reason
}
