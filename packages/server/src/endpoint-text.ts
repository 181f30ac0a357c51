import type { EndpointLike, UpstreamEndpoint } from 'connpool'

/** An endpoint as people write it. Of its TLS options nothing is told. */
export function endpointText(given: EndpointLike | UpstreamEndpoint): string {
  if (typeof given === 'string') return given
  if ('endpoint' in given) return endpointText(given.endpoint)
  const { host = '', port, path } = given
  if (path !== undefined) return `unix:${path}`
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
