import { isIP, SocketAddress } from 'node:net'

/** The addresses that have the first `bits` bits of `address`. */
export interface AddressRange {
  readonly family: 'ipv4' | 'ipv6'
  readonly address: string
  readonly bits: number
}

const MAPPED = '::ffff:'
/** How many bits come before the IPv4 address in its IPv6-mapped form. */
const MAPPED_BITS = 96

/**
 * An IP address or a range (CIDR: `10.0.0.0/8`, `fd00::/8`). The IPv6-mapped form of IPv4 (`::ffff:10.0.0.0/104`) is read
 * as IPv4.
 *
 * @throws RangeError that says what the text must be. A range with bits beyond its prefix is an error too: whoever writes
 * `10.0.0.1/8` may mean one address or sixteen million.
 */
export function readAddressRange(text: string): AddressRange {
  const [address = '', prefix, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0 || address.includes('%')) {
    throw new RangeError(`must be an IP address or a range such as 10.0.0.0/8 or fd00::/8, got ${JSON.stringify(text)}`)
  }
  const most = version === 4 ? 32 : 128
  const bits = readPrefix(prefix, most, text)
  const range = { family: version === 4 ? 'ipv4' : 'ipv6', address: canonical(address, version), bits } as const
  return expectNoMore(range.address.startsWith(MAPPED) && bits >= MAPPED_BITS ? unmapped(range) : range, text)
}

/** The address as IPv4, if it is the IPv6-mapped form of one, and without a zone: how clients are compared. */
export function plainAddress(address: string): string {
  if (!address.includes(':')) return address
  const [withoutZone = ''] = address.split('%', 1)
  const isMapped = withoutZone.toLowerCase().startsWith(MAPPED) && withoutZone.includes('.')
  return isMapped ? withoutZone.slice(MAPPED.length) : withoutZone
}

function readPrefix(prefix: string | undefined, most: number, text: string): number {
  if (prefix === undefined) return most
  if (/^\d{1,3}$/u.test(prefix) && Number(prefix) <= most) return Number(prefix)
  throw new RangeError(`must have a whole number from 0 to ${most} after the slash, got ${JSON.stringify(text)}`)
}

function canonical(address: string, version: number): string {
  return new SocketAddress({ address, family: version === 4 ? 'ipv4' : 'ipv6' }).address
}

function unmapped({ address, bits }: AddressRange): AddressRange {
  return { family: 'ipv4', address: plainAddress(address), bits: bits - MAPPED_BITS }
}

function expectNoMore(range: AddressRange, text: string): AddressRange {
  const beyond = bitsOf(range).slice(range.bits)
  if (!beyond.includes('1')) return range
  throw new RangeError(`must have no bits set beyond the first ${range.bits}, got ${JSON.stringify(text)}`)
}

function bitsOf({ family, address }: AddressRange): string {
  if (family === 'ipv4') return address.split('.').map(inBits(10, 8)).join('')
  const [before = '', after] = inHextets(address).split('::')
  const head = hextets(before)
  const tail = hextets(after ?? '')
  const zeros = new Array<string>(8 - head.length - tail.length).fill('0')
  return [...head, ...zeros, ...tail].map(inBits(16, 16)).join('')
}

function inBits(base: number, width: number): (part: string) => string {
  return (part) => Number.parseInt(part, base).toString(2).padStart(width, '0')
}

function hextets(text: string): string[] {
  return text === '' ? [] : text.split(':')
}

/** Four numbers at the end, as in `::ffff:10.0.0.1`, become two hextets. */
function inHextets(address: string): string {
  return address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/u, (_, ...parts: string[]) => {
    const [a, b, c, d] = parts.slice(0, 4).map((part) => Number(part).toString(16).padStart(2, '0'))
    return `${a}${b}:${c}${d}`
  })
}
