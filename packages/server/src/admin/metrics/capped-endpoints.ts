import type { EndpointStats } from 'connpool'

import { sumEndpointStats } from '../../stats/sum-pools.ts'

/** A name server may answer any number of endpoints; each costs some thirty series. */
const MOST_ENDPOINTS = 1_000

/** At most {@link MOST_ENDPOINTS}; those beyond are one, called `(others)`. */
export function cappedEndpoints(endpoints: readonly EndpointStats[], most: number = MOST_ENDPOINTS): EndpointStats[] {
  if (endpoints.length <= most) return [...endpoints]
  const [first, ...rest] = endpoints.slice(most - 1)
  const others = first === undefined ? [] : [{ ...sumEndpointStats([first, ...rest]), endpoint: '(others)' }]
  return [...endpoints.slice(0, most - 1), ...others]
}
