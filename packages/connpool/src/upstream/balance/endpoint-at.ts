import type { BalancedEndpoint } from './balancer.ts'

/** The endpoint at a place that is known to exist. */
export function endpointAt(endpoints: readonly BalancedEndpoint[], place: number): BalancedEndpoint {
  const endpoint = endpoints[place]
  if (endpoint === undefined) throw new Error(`bug: place ${place} of ${endpoints.length} endpoints was picked`)
  return endpoint
}
