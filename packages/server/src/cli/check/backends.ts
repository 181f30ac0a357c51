import type { EndpointLike, EndpointSet, EndpointSource, UpstreamEndpoint } from 'connpool'

import type { ServerSettings, UpstreamSettings } from '../../config/settings.ts'
import type { FramedProtocol } from '../../protocols/protocol.ts'
import { probeWith } from '../../upstreams/probe-with.ts'
import { firstSet } from './first-set.ts'

/** A backend that a configuration names, and how it is asked whether it is well. */
export interface Backend {
  readonly upstream: UpstreamSettings
  readonly endpoint: EndpointLike
  readonly protocol: FramedProtocol | undefined
}

/** The backends of an upstream: those it lists, or those that are found now. Rejects when none is. */
export async function backendsOf(upstream: UpstreamSettings, settings: ServerSettings): Promise<readonly Backend[]> {
  const { endpoints } = upstream.options
  const set = isSource(endpoints) ? await firstSet(endpoints) : endpoints
  const protocol = protocolOf(upstream.name, settings)
  return set.map((item) => ({ upstream, endpoint: endpointOf(item), protocol }))
}

function isSource(endpoints: EndpointSet | EndpointSource): endpoints is EndpointSource {
  return !Array.isArray(endpoints)
}

/** That of the first listener it serves that has a health check. */
function protocolOf(upstream: string, { listeners }: ServerSettings): FramedProtocol | undefined {
  const protocols = listeners.filter((listener) => listener.upstream === upstream).map(({ protocol }) => protocol)
  const framed = protocols.filter((protocol) => protocol.pooling === 'exchange')
  return framed.find((protocol) => probeWith(protocol) !== undefined)
}

function endpointOf(item: EndpointLike | UpstreamEndpoint): EndpointLike {
  return typeof item === 'object' && 'endpoint' in item ? item.endpoint : item
}
