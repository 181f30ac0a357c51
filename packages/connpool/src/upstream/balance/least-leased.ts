import { RankHeap, type Ranked } from './rank-heap.ts'
import type { BalancedEndpoint, Balancer } from './balancer.ts'

/** Its rank is load / weight. Its turn is when it is due among those of the same rank, as in a round robin. */
interface Standing extends Ranked {
  readonly endpoint: BalancedEndpoint
}

/**
 * The endpoint with the fewest connections lent and callers waiting for its weight. Those with equally few are met in
 * turn, in proportion to weight.
 */
export class LeastLeased implements Balancer {
  #standings = new Map<BalancedEndpoint, Standing>()
  readonly #heap = new RankHeap<Standing>()
  #endpoints: readonly BalancedEndpoint[] = []
  #now = 0

  pick(endpoints: readonly BalancedEndpoint[]): BalancedEndpoint {
    if (endpoints !== this.#endpoints) this.#follow(endpoints)
    const standing = this.#heap.first
    if (standing === undefined) throw new Error('bug: a pick among no endpoints')
    // One that had too much load to be picked for long must not make up for it all at once.
    this.#now = Math.max(this.#now, standing.turn)
    standing.turn = this.#now + 1 / standing.endpoint.weight
    this.#heap.changed(standing)
    return standing.endpoint
  }

  loadChanged(endpoint: BalancedEndpoint): void {
    const standing = this.#standings.get(endpoint)
    if (standing === undefined) return
    standing.rank = rankOf(endpoint)
    this.#heap.changed(standing)
  }

  weightChanged(endpoint: BalancedEndpoint): void {
    this.loadChanged(endpoint)
  }

  #follow(endpoints: readonly BalancedEndpoint[]): void {
    const before = this.#standings
    this.#endpoints = endpoints
    this.#standings = new Map()
    for (const [index, endpoint] of endpoints.entries()) {
      const turn = before.get(endpoint)?.turn ?? this.#now + (index + 0.5) / endpoints.length / endpoint.weight
      this.#standings.set(endpoint, { endpoint, rank: rankOf(endpoint), turn, place: -1 })
    }
    this.#heap.refill([...this.#standings.values()])
  }
}

function rankOf({ load, weight }: BalancedEndpoint): number {
  return load / weight
}
