import type { BalancedEndpoint } from '../../src/upstream/balance/balancer.ts'

/** An endpoint of which a test says what is known. */
export class KnownEndpoint implements BalancedEndpoint {
  readonly endpoint: string
  readonly zone: string | undefined = undefined
  weight: number
  leased = 0
  waiting = 0
  latencyMs: number | undefined = undefined
  failureRatio = 0

  constructor(endpoint: string, weight = 1) {
    this.endpoint = endpoint
    this.weight = weight
  }

  get load(): number {
    return this.leased + this.waiting
  }
}

/** One endpoint a weight: e0, e1 and so on. */
export function endpointsOf(...weights: readonly number[]): KnownEndpoint[] {
  return weights.map((weight, place) => new KnownEndpoint(`e${place}`, weight))
}

export function equalEndpoints(count: number): KnownEndpoint[] {
  return endpointsOf(...new Array<number>(count).fill(1))
}
