import type { EndpointLike } from '../../endpoint.ts'

/** One endpoint of an upstream, and what is known of it. */
export interface UpstreamEndpoint {
  readonly endpoint: EndpointLike
  /**
   * Its share of the traffic, in proportion to the weights of the others; more than 0 and finite.
   *
   * @default 1
   */
  readonly weight?: number
  /**
   * `true`: it is used only while no endpoint before it can be; the same as `priority: 1`, which is not to be given
   * beside it.
   *
   * @default false
   */
  readonly backup?: boolean
  /**
   * Endpoints with the least number are used first, those with the next only while none of these can be. A whole number,
   * at least 0.
   *
   * @default 0, or 1 with `backup: true`
   */
  readonly priority?: number
  /**
   * Where it stands: an upstream with a `zone` of its own prefers endpoints of the same. Not empty, no control characters.
   */
  readonly zone?: string
}

/** All endpoints that there are at one time. What is known of one may be left out: `'host:port'` will do. */
export type EndpointSet = readonly (EndpointLike | UpstreamEndpoint)[]

/** What hears of endpoints. Calls after the watch was disposed change nothing. */
export interface DiscoveryListener {
  /** These are all endpoints there are now: the set replaces the last one. An empty one is refused. */
  endpoints(set: EndpointSet): void
  /** Nothing new is known, and why. What was known before goes on being used. */
  failed(error: Error): void
}

/**
 * A source of endpoints: `dnsDiscovery`, or one of your own.
 *
 * `watch` tells the listener the first set as soon as it is known, and each one that is another after that, until what it
 * returned is disposed. Every call is a watch of its own. It must keep no timer that keeps the process alive.
 */
export interface Discovery {
  watch(listener: DiscoveryListener): Disposable
}

/**
 * Where an upstream may have its endpoints from: a {@link Discovery}, or anything that can be read by `for await`, as an
 * async generator. Each set it yields replaces the last. It is ended by its `return()`, so that `finally` in a generator
 * is run; when it ends by itself or throws, the last set stays.
 */
export type EndpointSource = Discovery | AsyncIterable<EndpointSet>
