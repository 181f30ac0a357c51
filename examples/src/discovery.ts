import { readFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { dnsDiscovery, type Discovery, type EndpointSet } from 'connpool'

// #region dns
/** Whatever addresses the name has: looked up again every 30 s. */
export const cache: Discovery = dnsDiscovery('cache.internal', { type: 'A', port: 6379 })

/** Hosts, ports, weights and priorities from SRV records; certificates are checked against `internal`. */
export const database: Discovery = dnsDiscovery('_postgres._tcp.internal', {
  type: 'SRV',
  tls: true,
  refreshMs: 10_000,
})
// #endregion

// #region generator
/** The endpoints that a file names, one a line, looked at every five seconds. */
export async function* endpointsIn(file: string, everyMs = 5_000): AsyncGenerator<EndpointSet> {
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => '') // no endpoint is no set: the last one stays
    yield text.split('\n').filter((line) => line !== '')
    await setTimeout(everyMs, undefined, { ref: false })
  }
}
// #endregion
