import type { ConnectionOptions } from 'node:tls'

import type { EndpointLike, UpstreamEndpoint } from 'connpool'

import type { EndpointEntry } from '../schema/upstream-section.ts'

/** An endpoint of a configuration as the library takes it, with the upstream's TLS if it has any. */
export function upstreamEndpoint(
  entry: string | EndpointEntry,
  tls: ConnectionOptions | undefined,
): EndpointLike | UpstreamEndpoint {
  if (typeof entry === 'string') return withTls(entry, tls)
  const { endpoint, weight, backup, priority, zone } = entry
  return {
    endpoint: withTls(endpoint, tls),
    ...(weight !== undefined && { weight }),
    ...(backup !== undefined && { backup }),
    ...(priority !== undefined && { priority }),
    ...(zone !== undefined && { zone }),
  }
}

/** The text has been checked by the library: it is host and port, or a path. */
function withTls(endpoint: string, tls: ConnectionOptions | undefined): EndpointLike {
  if (tls === undefined) return endpoint
  if (endpoint.startsWith('unix:')) return { path: endpoint.slice('unix:'.length), tls }
  const address = endpoint.replace(/^[a-z]+:\/\//i, '')
  const colon = address.lastIndexOf(':')
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1')
  return { host, port: Number(address.slice(colon + 1)), tls }
}
