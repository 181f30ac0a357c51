import { plainAddress } from '../listener/address-range.ts'
import type { ProxyAddress } from '../listener/proxy-protocol/proxy-header.ts'
import { proxyHeaderV1, proxyHeaderV2 } from '../listener/proxy-protocol/write-proxy-header.ts'
import type { Preamble } from '../session/conversations.ts'

/** What a backend is told first, if it wants to know for whom its connection is. */
export function preambleOf(version: 'v1' | 'v2' | undefined): Preamble {
  if (version === undefined) return () => undefined
  const write = version === 'v1' ? proxyHeaderV1 : proxyHeaderV2
  return ({ remote, port: { local } }) =>
    write(addressOf(remote.address, remote.port), addressOf(local.address, local.port))
}

/** A listener for both families has IPv6 addresses for its clients with IPv4, who are to be known by their own. */
function addressOf(address: string | undefined, port: number | undefined): ProxyAddress | undefined {
  return address === undefined || port === undefined ? undefined : { address: plainAddress(address), port }
}
