/** Host and port, or the path, of an endpoint that the library has found to be one. */
export function addressOf(
  endpoint: string,
): { readonly host: string; readonly port: number } | { readonly path: string } {
  if (endpoint.startsWith('unix:')) return { path: endpoint.slice('unix:'.length) }
  const address = endpoint.replace(/^[a-z]+:\/\//i, '')
  const colon = address.lastIndexOf(':')
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1')
  return { host, port: Number(address.slice(colon + 1)) }
}
