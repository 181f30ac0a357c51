import { type EndpointLike, parseEndpoint, type UpstreamOptions } from 'connpool'

/**
 * Asks: are all endpoints without TLS? A source of endpoints names hosts and ports, which are dialed plain unless the source
 * says otherwise for each, so a list is all there is to look at.
 */
export function isPlain(endpoints: UpstreamOptions['endpoints']): boolean {
  if (!Array.isArray(endpoints)) return true
  return endpoints.every((each: EndpointLike | { readonly endpoint: EndpointLike }) => {
    const endpoint = typeof each === 'object' && 'endpoint' in each ? each.endpoint : each
    return parseEndpoint(endpoint).tls === undefined
  })
}
