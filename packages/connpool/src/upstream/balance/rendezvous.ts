import { KeyedChoice } from './keyed-choice.ts'
import { TwoChoices } from './two-choices.ts'
import type { BalancedEndpoint, Balancer, PickRequest } from './balancer.ts'

/**
 * The same `affinityKey` meets the same endpoint, in every process, while that has no more than 1.25 times its share of
 * the load; what is more goes to the key's next choice. When an endpoint comes or goes only its own keys move, and they
 * come back with it. Callers without a key are served as by `two-choices`.
 */
export class Rendezvous implements Balancer {
  readonly #keyless = new TwoChoices()
  /** Made for the first key: who has none need not pay for slots. */
  #keyed: KeyedChoice | undefined

  pick(endpoints: readonly BalancedEndpoint[], request: PickRequest): BalancedEndpoint {
    if (request.affinityKey === undefined) return this.#keyless.pick(endpoints, request)
    this.#keyed ??= new KeyedChoice()
    return this.#keyed.pick(endpoints, request.affinityKey)
  }

  loadChanged(endpoint: BalancedEndpoint): void {
    this.#keyed?.loadChanged(endpoint)
  }

  weightChanged(endpoint: BalancedEndpoint): void {
    this.#keyless.weightChanged(endpoint)
    this.#keyed?.weightChanged(endpoint)
  }
}
