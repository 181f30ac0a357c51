import { endpointAt } from './endpoint-at.ts'
import { WeightedEndpoints } from './weighted-endpoints.ts'
import type { BalancedEndpoint, Balancer, PickRequest } from './balancer.ts'

/** Any endpoint, by chance, in proportion to its weight. */
export class Random implements Balancer {
  readonly #weighted = new WeightedEndpoints()

  pick(endpoints: readonly BalancedEndpoint[], request: PickRequest): BalancedEndpoint {
    this.#weighted.follow(endpoints)
    return endpointAt(endpoints, this.#weighted.draw.place(request.random))
  }

  weightChanged(endpoint: BalancedEndpoint): void {
    this.#weighted.weightChanged(endpoint)
  }
}
