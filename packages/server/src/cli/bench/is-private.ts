import { lookup } from 'node:dns/promises'
import { BlockList, isIPv4 } from 'node:net'

import { addressOf } from '../../config/build/address-of.ts'

const PRIVATE = new BlockList()
PRIVATE.addSubnet('127.0.0.0', 8, 'ipv4')
PRIVATE.addSubnet('10.0.0.0', 8, 'ipv4')
PRIVATE.addSubnet('172.16.0.0', 12, 'ipv4')
PRIVATE.addSubnet('192.168.0.0', 16, 'ipv4')
PRIVATE.addSubnet('169.254.0.0', 16, 'ipv4')
PRIVATE.addAddress('::1', 'ipv6')
PRIVATE.addSubnet('fc00::', 7, 'ipv6')
PRIVATE.addSubnet('fe80::', 10, 'ipv6')

/** Asks whether all addresses of an endpoint are on this machine or in a private network. Rejects if it has none. */
export async function isPrivate(endpoint: string): Promise<boolean> {
  const address = addressOf(endpoint)
  if ('path' in address) return true
  const found = await lookup(address.host, { all: true })
  return found.every((each) => isPrivateAddress(each.address))
}

/** Asks the same of an IP address. */
export function isPrivateAddress(address: string): boolean {
  return PRIVATE.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
}
