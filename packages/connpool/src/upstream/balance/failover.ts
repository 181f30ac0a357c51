import { endpointAt } from './endpoint-at.ts'
import type { BalancedEndpoint, Balancer } from './balancer.ts'

/** The first in the order given: the next one is used only while it cannot be. Weights have no say here. */
export class Failover implements Balancer {
  pick(endpoints: readonly BalancedEndpoint[]): BalancedEndpoint {
    return endpointAt(endpoints, 0)
  }
}
