import type { BalancedEndpoint, Balancer, PickRequest } from './balance/balancer.ts'

/**
 * A balancer of the user's. One that throws, or answers something that is not among the endpoints, is reported by
 * `process.emitWarning`, once, and any endpoint is taken instead: it costs nobody a connection.
 */
export class GuardedBalancer implements Balancer {
  readonly #balancer: Balancer
  #hasWarned = false

  constructor(balancer: Balancer) {
    this.#balancer = balancer
  }

  pick(endpoints: readonly BalancedEndpoint[], request: PickRequest): BalancedEndpoint {
    try {
      const picked: unknown = this.#balancer.pick(endpoints, request)
      if (endpoints.includes(picked as BalancedEndpoint)) return picked as BalancedEndpoint
      this.#warn('answered something that is none of the endpoints')
    } catch (error) {
      this.#warn(`threw in pick(): ${String(error)}`)
    }
    const any = endpoints[Math.floor(request.random() * endpoints.length)] ?? endpoints[0]
    if (any === undefined) throw new Error('bug: a balancer is asked without endpoints')
    return any
  }

  loadChanged(endpoint: BalancedEndpoint): void {
    this.#tell(() => this.#balancer.loadChanged?.(endpoint))
  }

  weightChanged(endpoint: BalancedEndpoint): void {
    this.#tell(() => this.#balancer.weightChanged?.(endpoint))
  }

  #tell(tell: () => void): void {
    try {
      tell()
    } catch (error) {
      this.#warn(`threw: ${String(error)}`)
    }
  }

  #warn(what: string): void {
    if (this.#hasWarned) return
    this.#hasWarned = true
    process.emitWarning(`The balancer of an upstream ${what}`, { type: 'ConnpoolWarning', code: 'CONNPOOL_BALANCER' })
  }
}
