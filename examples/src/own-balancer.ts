// #region own-balancer
import type { BalancedEndpoint, Balancer, PickRequest } from 'connpool'

/** Fills one endpoint after the other, so that those at the end of the list fall idle and can be switched off. */
export class FillFirst implements Balancer {
  readonly #most: number

  /** `most`: how many callers an endpoint of weight 1 is given at the same time, as long as another has room. */
  constructor(most: number) {
    this.#most = most
  }

  pick(endpoints: readonly BalancedEndpoint[], { random }: PickRequest): BalancedEndpoint {
    const withRoom = endpoints.find(({ leased, waiting, weight }) => leased + waiting < this.#most * weight)
    return withRoom ?? anyOf(endpoints, random())
  }
}

function anyOf(endpoints: readonly BalancedEndpoint[], draw: number): BalancedEndpoint {
  return endpoints[Math.floor(draw * endpoints.length)] as BalancedEndpoint // there is one at least
}
// #endregion
