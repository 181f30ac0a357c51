/**
 * Power of two choices. The first candidate is drawn in proportion to weight, the second likewise among the others; the
 * first is kept unless the second is better. So equals are met exactly in proportion to their weights, however little
 * load there is, and what is worse loses a share that `relief.ts` reckons, whatever its weight and whatever their number.
 */
import { endpointAt } from './endpoint-at.ts'
import { reliefRatio } from './relief.ts'
import { WeightedEndpoints } from './weighted-endpoints.ts'
import type { BalancedEndpoint, Balancer, PickRequest } from './balancer.ts'

/** The better of two endpoints drawn by chance: by load, by latency and by failures. The default. */
export class TwoChoices implements Balancer {
  readonly #weighted = new WeightedEndpoints()

  pick(endpoints: readonly BalancedEndpoint[], { random }: PickRequest): BalancedEndpoint {
    this.#weighted.follow(endpoints)
    const { draw } = this.#weighted
    if (endpoints.length === 1) return endpointAt(endpoints, 0)
    draw.pair(random)
    const first = endpointAt(endpoints, draw.first)
    const second = endpointAt(endpoints, draw.second)
    const relief = reliefRatio(first, second, draw.total)
    if (relief <= 0) return first
    return relief >= 1 || random() < relief ? second : first
  }

  weightChanged(endpoint: BalancedEndpoint): void {
    this.#weighted.weightChanged(endpoint)
  }
}
