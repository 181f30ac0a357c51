import { dnsDiscovery, type DnsResolver, Upstream } from 'connpool'

// #region srv
/**
 * Whatever servers the SRV records of a name say there are: their ports, their weights, and those of a greater priority
 * only while none of the first can be used. Records that come and go are followed; a look-up that fails changes nothing.
 */
export function serversOf(name: string, resolver?: DnsResolver): Upstream {
  return new Upstream({
    endpoints: dnsDiscovery(name, { type: 'SRV', refreshMs: 10_000, ...(resolver && { resolver }) }),
    pool: { maxSize: 10 },
  })
}
// #endregion
