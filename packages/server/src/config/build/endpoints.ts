import type { ConnectionOptions } from 'node:tls'

import type { EndpointLike, UpstreamEndpoint } from 'connpool'

import type { EndpointEntry } from '../schema/upstream-section.ts'
import { addressOf } from './address-of.ts'

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

function withTls(endpoint: string, tls: ConnectionOptions | undefined): EndpointLike {
  return tls === undefined ? endpoint : { ...addressOf(endpoint), tls }
}
