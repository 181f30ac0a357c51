import process from 'node:process'

import { SeededRandom } from '../../src/testing/seeded-random.ts'
import type { BalancedEndpoint, Balancer, PickRequest } from '../../src/upstream/balance/balancer.ts'

/** `BALANCE_SEED=17` tries other chances. */
export const SEED = Number(process.env['BALANCE_SEED'] ?? 1)

/** A request whose chances the seed decides, for a key or for none. */
export function requestOf(affinityKey?: string): PickRequest {
  return { affinityKey, now: 0, random: new SeededRandom(SEED).next }
}

export function pickMany(
  balancer: Balancer,
  endpoints: readonly BalancedEndpoint[],
  count: number,
  request: PickRequest = requestOf(),
): BalancedEndpoint[] {
  return Array.from({ length: count }, () => balancer.pick(endpoints, request))
}

/** Who was picked, as text. */
export function pickedTexts(balancer: Balancer, endpoints: readonly BalancedEndpoint[], count: number): string[] {
  return pickMany(balancer, endpoints, count).map(({ endpoint }) => endpoint)
}

/** What part of all picks each endpoint was, in the order of the endpoints. */
export function sharesOf(endpoints: readonly BalancedEndpoint[], picked: Iterable<BalancedEndpoint>): number[] {
  const counts = new Map<BalancedEndpoint, number>()
  let total = 0
  for (const endpoint of picked) {
    counts.set(endpoint, (counts.get(endpoint) ?? 0) + 1)
    total++
  }
  return endpoints.map((endpoint) => (counts.get(endpoint) ?? 0) / total)
}

/** What each endpoint got, as a multiple of what its weight entitles it to: 1 for each if weights hold. */
export function dues(endpoints: readonly BalancedEndpoint[], shares: readonly number[]): number[] {
  const total = endpoints.reduce((sum, { weight }) => sum + weight, 0)
  return endpoints.map(({ weight }, place) => (shares[place] ?? 0) / (weight / total))
}

/** How far from 1 the one is that is farthest. */
export function unfairness(endpoints: readonly BalancedEndpoint[], shares: readonly number[]): number {
  return Math.max(...dues(endpoints, shares).map((due) => Math.abs(due - 1)))
}
