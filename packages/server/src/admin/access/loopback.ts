import { isIP } from 'node:net'

/** Asks: does this host, a name or an address without brackets, mean this machine only? */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true
  const address = host.startsWith('::ffff:') ? host.slice('::ffff:'.length) : host
  return host === '::1' || (isIP(address) === 4 && address.startsWith('127.'))
}
