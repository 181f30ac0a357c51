import { latin1 } from '../../protocols/latin1.ts'
import { ipv4Bytes, ipv4Text, ipv6Bytes, ipv6Text } from './ip-bytes.ts'
import { type IpAddress, type ProxyHeader, ProxyHeaderError } from './proxy-header.ts'

const START: Uint8Array = Buffer.from('PROXY ')
const BAD_START = 'a PROXY header (v1) begins with "PROXY "'
const CR = 0x0d
const LF = 0x0a
/** The longest that is well formed, its line break included. */
const MOST_BYTES = 107

/**
 * The index behind the header. -1: more must come.
 *
 * @throws ProxyHeaderError when it is none.
 */
export function v1End(bytes: Uint8Array): number {
  for (let at = 0; at < Math.min(bytes.length, MOST_BYTES); at++) {
    if (at < START.length && bytes[at] !== START[at]) throw new ProxyHeaderError(BAD_START)
    if (isLineEnd(bytes[at - 1], bytes[at])) return at + 1
  }
  if (bytes.length >= MOST_BYTES) throw new ProxyHeaderError('a PROXY header (v1) has at most 107 bytes')
  return -1
}

function isLineEnd(before: number | undefined, byte: number | undefined): boolean {
  if (before === CR && byte === LF) return true
  if (before !== CR && byte !== LF) return false
  throw new ProxyHeaderError('a PROXY header (v1) ends with CR and LF, and has neither before')
}

/** @throws ProxyHeaderError for a line that says something else than the addresses of a TCP connection, or `UNKNOWN`. */
export function parseV1(line: Uint8Array): ProxyHeader {
  const [kind, source = '', destination = '', sourcePort = '', destinationPort = '', ...more] = latin1(
    line,
    START.length,
    line.length - 2,
  ).split(' ')
  if (kind === 'UNKNOWN') return { version: 'v1', addresses: undefined, tlvs: [] }
  if (kind !== 'TCP4' && kind !== 'TCP6') throw new ProxyHeaderError('a PROXY header (v1) says TCP4, TCP6 or UNKNOWN')
  if (more.length > 0) throw new ProxyHeaderError('a PROXY header (v1) has two addresses and two ports')
  const addresses = {
    transport: 'stream' as const,
    source: ipAddress(kind, source, sourcePort),
    destination: ipAddress(kind, destination, destinationPort),
  }
  return { version: 'v1', addresses, tlvs: [] }
}

function ipAddress(kind: 'TCP4' | 'TCP6', text: string, port: string): IpAddress {
  return { address: kind === 'TCP4' ? ipv4(text) : ipv6(text), port: portOf(port) }
}

function ipv4(text: string): string {
  const bytes = ipv4Bytes(text)
  if (bytes === undefined) throw new ProxyHeaderError('a PROXY header (v1, TCP4) has IPv4 addresses')
  return ipv4Text(bytes)
}

function ipv6(text: string): string {
  const bytes = ipv6Bytes(text)
  if (bytes === undefined) throw new ProxyHeaderError('a PROXY header (v1, TCP6) has IPv6 addresses')
  return ipv6Text(bytes)
}

function portOf(text: string): number {
  const port = Number(text)
  if (String(port) === text && Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new ProxyHeaderError('a PROXY header (v1) has ports from 0 to 65535, with no zero in front')
}
