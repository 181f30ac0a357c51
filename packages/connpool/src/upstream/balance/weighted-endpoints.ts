import { WeightedDraw } from './weighted-draw.ts'
import type { BalancedEndpoint } from './balancer.ts'

/** The endpoints a balancer was last asked about, and a draw among them that knows their weights. */
export class WeightedEndpoints {
  readonly draw: WeightedDraw = new WeightedDraw()
  readonly #places = new Map<BalancedEndpoint, number>()
  #endpoints: readonly BalancedEndpoint[] = []

  /** Learns them anew if it is another array. */
  follow(endpoints: readonly BalancedEndpoint[]): void {
    if (endpoints === this.#endpoints) return
    this.#endpoints = endpoints
    this.#places.clear()
    for (const [place, endpoint] of endpoints.entries()) this.#places.set(endpoint, place)
    this.draw.refill(endpoints)
  }

  /** One that is not among them, as it is ejected or new, is none of our business yet. */
  weightChanged(endpoint: BalancedEndpoint): void {
    const place = this.#places.get(endpoint)
    if (place !== undefined) this.draw.change(place, endpoint.weight)
  }
}
