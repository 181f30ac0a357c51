import fc from 'fast-check'

import { ipv4Text, ipv6Text } from '../src/listener/proxy-protocol/ip-bytes.ts'
import { type ParsedProxyHeader, ProxyHeaderParser } from '../src/listener/proxy-protocol/proxy-header-parser.ts'
import type { IpAddress } from '../src/listener/proxy-protocol/proxy-header.ts'
import { SIGNATURE } from '../src/listener/proxy-protocol/v2-layout.ts'

/** What a new parser makes of these pieces: the first answer that is not 'more'. */
export function parsePieces(pieces: readonly Uint8Array[]): ParsedProxyHeader | 'more' {
  const parser = new ProxyHeaderParser()
  for (const [index, piece] of pieces.entries()) {
    const parsed = parser.push(piece)
    if (parsed === 'more') continue
    return { header: parsed.header, rest: Uint8Array.from(Buffer.concat([parsed.rest, ...pieces.slice(index + 1)])) }
  }
  return 'more'
}

/** A header of version 2: version and command, family and transport, and what follows on the length. */
export function v2(command: number, family: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const rest = Buffer.concat(parts)
  return Buffer.concat([SIGNATURE, Uint8Array.of(command, family, rest.length >> 8, rest.length & 0xff), rest])
}

export function tlv(type: number, value: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(type, value.length >> 8, value.length & 0xff), value])
}

const port = fc.nat(65_535)

const ipv4 = fc.record({ address: fc.uint8Array({ minLength: 4, maxLength: 4 }).map(ipv4Text), port })
const ipv6 = fc.record({ address: fc.uint8Array({ minLength: 16, maxLength: 16 }).map(ipv6Text), port })

/** Two IP addresses of one family. */
export const ipPairs = (): fc.Arbitrary<[IpAddress, IpAddress]> => fc.oneof(fc.tuple(ipv4, ipv4), fc.tuple(ipv6, ipv6))
