import { copyEndpoint, type Endpoint, type EndpointLike, type EndpointObject, parseEndpoint } from '../endpoint.ts'
import { identityOf } from '../endpoint/identity.ts'
import { DEFAULT_TLS } from '../endpoint/tls-options.ts'

/** Which pool an endpoint belongs to, and what to make it of. */
export interface Place {
  readonly identity: string
  /** The endpoint's canonical text. */
  readonly text: string
  /** A copy that nobody can change: what the identity was taken from is what will be dialed. */
  readonly endpoint: EndpointLike
}

/**
 * Cheaper than checking the endpoint as a whole, which tries TLS options out: that is left to the making of its pool.
 * Throws `INVALID_OPTIONS` for what can be no endpoint.
 */
export function placeOf(given: EndpointLike): Place {
  const endpoint = copyEndpoint(given)
  const address = typeof endpoint === 'string' ? parseEndpoint(endpoint) : addressOf(endpoint)
  return { identity: identityOf(address), text: address.text, endpoint }
}

function addressOf({ tls = false, ...rest }: EndpointObject): Pick<Endpoint, 'kind' | 'text' | 'tls'> {
  const { kind, text } = parseEndpoint(rest)
  if (tls === false) return { kind, text, tls: undefined }
  return { kind, text: kind === 'tcp' ? `tls://${text}` : text, tls: tls === true ? DEFAULT_TLS : tls }
}
