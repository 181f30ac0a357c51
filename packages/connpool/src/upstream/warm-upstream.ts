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
    if (results === 'full') return
    const reached = members.filter((_, index) => results[index]?.status === 'fulfilled')
    if (reached.length === 0) throw firstReason(results)
    if (reached.length === members.length || target === 'minSize') return
    members = reached
  }
}

/**
 * One round: until each has its part, or all together have as many as there may be. That may be fewer than was asked for,
 * since the common limit was lowered.
 */
async function warmEach<C>(
  wires: UpstreamWires<C>,
  members: readonly EndpointPool<C>[],
  target: number | 'minSize',
  signal: AbortSignal | undefined,
): Promise<readonly PromiseSettledResult<void>[] | 'full'> {
  if (wires.endpoints.areFull) return 'full'
  const { limit } = wires.slots
  const counts =
    target === 'minSize' ? members.map(({ minSize }) => minSize) : sharesOf(members, Math.min(target, limit))
  const round = new AbortController()
  const ended = signal === undefined ? round.signal : AbortSignal.any([signal, round.signal])
  wires.warming.add(round)
  const results = await Promise.allSettled(
    members.map(({ wires: pool }, index) => pool.warm(counts[index] ?? 0, ended)),
  )
  wires.warming.delete(round)
  signal?.throwIfAborted()
  return round.signal.aborted ? 'full' : results
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
