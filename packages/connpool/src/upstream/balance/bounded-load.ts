import type { BalancedEndpoint } from './balancer.ts'

/** How much more than the mean, for its weight, an endpoint may carry. */
const MOST_OF_MEAN = 1.25

/** What is known of one endpoint: enough to keep the sums right when it changes. */
interface Part {
  load: number
  weight: number
}

/**
 * Whether an endpoint may take another caller: none may carry more than 1.25 times its share of all load, rounded up, the
 * caller included. One of them always may: together they may carry more than there is.
 */
export class BoundedLoad {
  readonly #parts = new Map<BalancedEndpoint, Part>()
  #load = 0
  #weight = 0

  follow(endpoints: readonly BalancedEndpoint[]): void {
    this.#parts.clear()
    this.#load = 0
    this.#weight = 0
    for (const endpoint of endpoints) {
      this.#parts.set(endpoint, { load: 0, weight: 0 })
      this.changed(endpoint)
    }
  }

  /** The load or the weight of one of them has changed. */
  changed(endpoint: BalancedEndpoint): void {
    const part = this.#parts.get(endpoint)
    if (part === undefined) return
    const { load } = endpoint
    this.#load += load - part.load
    this.#weight += endpoint.weight - part.weight
    part.load = load
    part.weight = endpoint.weight
  }

  hasRoom(endpoint: BalancedEndpoint): boolean {
    const share = ((this.#load + 1) * endpoint.weight) / this.#weight
    return endpoint.load < Math.ceil(MOST_OF_MEAN * share)
  }
}
