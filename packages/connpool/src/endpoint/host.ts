import { isIPv4, isIPv6 } from 'node:net'

import type { Rule } from '../options/rule.ts'

const NAME = /^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?$/i
const LONGEST_NAME = 254

/** Resolvers read such names as addresses, each in its own way: `127.1`, `0x7f.1`, `10.0.0.256`. */
const LIKE_AN_ADDRESS = /(?:^|\.)(?:\d+|0x[\da-f]*)\.?$/i

export const HOST: Rule = {
  says: "a host name or an IP address (no brackets, no port; names in ASCII, as 'xn--bcher-kva.de')",
  allows: (value) => typeof value === 'string' && (isIPv6(value) || isNameOrIPv4(value)),
}

export function isNameOrIPv4(host: string): boolean {
  if (isIPv4(host)) return true
  return host.length <= LONGEST_NAME && NAME.test(host) && !LIKE_AN_ADDRESS.test(host)
}

/** Names and addresses mean the same in capitals; the zone of an IPv6 address (`fe80::1%eth0`) does not. */
export function canonicalHost(host: string): string {
  const [address = '', ...zone] = host.split('%')
  return [address.toLowerCase(), ...zone].join('%')
}

/** Host and port as one text; the brackets tell the colons of an IPv6 address from the one before the port. */
export function hostAndPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
