import { ipv4Bytes, ipv6Bytes } from './ip-bytes.ts'
import type { IpAddress, ProxyAddress } from './proxy-header.ts'
import { ADDRESS_BYTES, FIXED_BYTES, LOCAL, PROXY, SIGNATURE, VERSION } from './v2-layout.ts'

const UNKNOWN = 'PROXY UNKNOWN\r\n'
/** Family and transport. */
const TCP4 = 0x11
const TCP6 = 0x21

/**
 * A header of version 1, the readable one. Where one of them is no IP address it says `UNKNOWN`; an IPv4 address beside an
 * IPv6 one is written as one of those, and a zone is left out.
 */
export function proxyHeaderV1(source?: ProxyAddress, destination?: ProxyAddress): Uint8Array {
  const pair = pairOf(source, destination)
  if (pair === undefined) return Buffer.from(UNKNOWN)
  const { family, from, to } = pair
  return Buffer.from(`PROXY TCP${family} ${from.address} ${to.address} ${from.port} ${to.port}\r\n`)
}

/** A header of version 2, the binary one. As {@link proxyHeaderV1}, but where that says `UNKNOWN` this one says `LOCAL`. */
export function proxyHeaderV2(source?: ProxyAddress, destination?: ProxyAddress): Uint8Array {
  const pair = pairOf(source, destination)
  if (pair === undefined) return fixedPart(LOCAL, 0, 0)
  const { family, from, to } = pair
  const head = fixedPart(PROXY, family === 4 ? TCP4 : TCP6, ADDRESS_BYTES[family === 4 ? 'ipv4' : 'ipv6'])
  return Buffer.concat([head, ipBytes(from), ipBytes(to), portBytes(from), portBytes(to)])
}

interface Pair {
  readonly family: 4 | 6
  readonly from: IpAddress
  readonly to: IpAddress
}

/** Both as addresses of one family. */
function pairOf(source: ProxyAddress | undefined, destination: ProxyAddress | undefined): Pair | undefined {
  const from = ipOf(source)
  const to = ipOf(destination)
  if (from === undefined || to === undefined) return undefined
  if (isIpv4(from) && isIpv4(to)) return { family: 4, from, to }
  return { family: 6, from: asIpv6(from), to: asIpv6(to) }
}

/** Without its zone. Undefined: it is no IP address. */
function ipOf(address: ProxyAddress | undefined): IpAddress | undefined {
  if (address === undefined || 'path' in address) return undefined
  const [ip = ''] = address.address.split('%')
  return ipv4Bytes(ip) === undefined && ipv6Bytes(ip) === undefined ? undefined : { address: ip, port: address.port }
}

function isIpv4({ address }: IpAddress): boolean {
  return !address.includes(':')
}

function asIpv6(ip: IpAddress): IpAddress {
  return isIpv4(ip) ? { address: `::ffff:${ip.address}`, port: ip.port } : ip
}

function fixedPart(command: number, familyAndTransport: number, length: number): Uint8Array {
  const fixed = new Uint8Array(FIXED_BYTES)
  fixed.set(SIGNATURE)
  fixed.set([(VERSION << 4) | command, familyAndTransport, length >> 8, length & 0xff], SIGNATURE.length)
  return fixed
}

function ipBytes({ address }: IpAddress): Uint8Array {
  return ipv4Bytes(address) ?? ipv6Bytes(address) ?? new Uint8Array()
}

function portBytes({ port }: IpAddress): Uint8Array {
  return Uint8Array.of(port >> 8, port & 0xff)
}
