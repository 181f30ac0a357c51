/** What a balancer may know of an endpoint. All but the text and the zone change with time. */
export interface BalancedEndpoint {
  /** The endpoint as text, unique within the upstream. */
  readonly endpoint: string
  /** More than 0; the configured weight, less while the endpoint is in its slow start. */
  readonly weight: number
  readonly zone: string | undefined
  /** Connections that are lent now. */
  readonly leased: number
  /** Callers who wait for this endpoint. */
  readonly waiting: number
  /** `leased + waiting`, which costs less to ask for. */
  readonly load: number
  /** How long leases that ended well have lasted of late, in milliseconds; undefined before the first. */
  readonly latencyMs: number | undefined
  /** The share of recent leases and dials that failed, from 0 to 1; older failures count less and less. */
  readonly failureRatio: number
}

/** One question to a balancer. The same object may be passed each time: do not keep it. */
export interface PickRequest {
  /** Undefined when an upstream asks a balancer of yours: who has a key is placed by it, whatever the policy is. */
  readonly affinityKey: string | undefined
  /** Milliseconds of the upstream's monotonic clock. */
  readonly now: number
  /** A random number from 0 to 1, 1 excluded. */
  readonly random: () => number
}

/**
 * Chooses the endpoint that a caller is served by.
 *
 * It is asked only with endpoints that can be used now: those that are ejected, down, drained or, as backups, not needed
 * are not among them. The array is the same until one comes or goes, and then another.
 */
export interface Balancer {
  /** One of `endpoints`, of which there is at least one. Anything else counts as a bug of the balancer and is refused. */
  pick(endpoints: readonly BalancedEndpoint[], request: PickRequest): BalancedEndpoint
  /** A connection of this endpoint was lent or came back, or a caller began or ceased to wait for it. */
  loadChanged?(endpoint: BalancedEndpoint): void
  /** The weight of this endpoint has changed. */
  weightChanged?(endpoint: BalancedEndpoint): void
}
