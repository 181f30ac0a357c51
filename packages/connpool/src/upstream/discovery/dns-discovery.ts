import type { Discovery } from './discovery.ts'
import { type DnsDiscoveryOptions, resolveDnsOptions } from './dns-options.ts'
import { DnsWatch } from './dns-watch.ts'

/**
 * Endpoints by name: what DNS answers for `name`, looked up again and again.
 *
 * A look-up that fails, finds nothing or takes longer than 5 s (or `refreshMs`, if that is less) changes nothing: the last
 * good set goes on being used, the listener is told, and it is tried again after about 1 s, 2 s, 4 s and so on, at most
 * `refreshMs`. So is an answer that cannot be used: an SRV record with port 0 or the target `.`, by which RFC 2782 says
 * that there is no such service, is told as `INVALID_OPTIONS`.
 *
 * With `'SRV'` the endpoints have the weights of their records (0 counts as 0.01) and the rank of their priorities: the
 * least number is 0, the next 1. Their targets stay names, which are resolved by each dial. The same records in another
 * order, and repeated ones, are the same set, and are not told again.
 *
 * @throws PoolError `INVALID_OPTIONS`, naming option, rule and value.
 */
export function dnsDiscovery(name: string, options: DnsDiscoveryOptions): Discovery {
  const resolved = resolveDnsOptions(name, options)
  return { watch: (listener) => new DnsWatch(resolved, listener) }
}
