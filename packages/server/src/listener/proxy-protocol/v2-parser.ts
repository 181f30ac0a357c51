import { type ProxyAddresses, type ProxyHeader, ProxyHeaderError } from './proxy-header.ts'
import { readTlvs } from './tlvs.ts'
import { readAddresses } from './v2-addresses.ts'
import { ADDRESS_BYTES, FAMILIES, FIXED_BYTES, LOCAL, PROXY, SIGNATURE, TRANSPORTS, VERSION } from './v2-layout.ts'

/** Addresses fit into the 536 bytes that any network passes on in one piece; TLVs get 4 KiB. */
export const MOST_V2_BYTES: number = 536 + 4096

/**
 * The index behind the header. -1: more must come.
 *
 * @throws ProxyHeaderError when it is none, or too long.
 */
export function v2End(bytes: Uint8Array): number {
  for (let at = 0; at < Math.min(bytes.length, SIGNATURE.length); at++) {
    if (bytes[at] !== SIGNATURE[at]) throw new ProxyHeaderError('a PROXY header (v2) begins with its signature')
  }
  if (bytes.length < FIXED_BYTES) return -1
  const end = FIXED_BYTES + (byteAt(bytes, 14) << 8) + byteAt(bytes, 15)
  if (end > MOST_V2_BYTES) throw new ProxyHeaderError(`a PROXY header (v2) has at most ${MOST_V2_BYTES} bytes here`)
  return bytes.length < end ? -1 : end
}

/** @throws ProxyHeaderError for one that contradicts itself, or says what is not defined. */
export function parseV2(header: Uint8Array): ProxyHeader {
  const version = byteAt(header, 12) >> 4
  const command = byteAt(header, 12) & 0x0f
  if (version !== VERSION) throw new ProxyHeaderError(`a PROXY header of version ${version}`)
  if (command === LOCAL) return { version: 'v2', addresses: undefined, tlvs: [] }
  if (command !== PROXY) throw new ProxyHeaderError(`a PROXY header (v2) with command ${command}`)
  return parseProxied(header)
}

function parseProxied(header: Uint8Array): ProxyHeader {
  const family = FAMILIES[byteAt(header, 13) >> 4]
  const transport = TRANSPORTS[byteAt(header, 13) & 0x0f]
  if (family === 'unspecified' && transport === 'unspecified') return { version: 'v2', addresses: undefined, tlvs: [] }
  if (isVague(family) || isVague(transport)) {
    throw new ProxyHeaderError(`a PROXY header (v2) with family and transport 0x${byteAt(header, 13).toString(16)}`)
  }
  const tlvsAt = FIXED_BYTES + ADDRESS_BYTES[family]
  if (header.length < tlvsAt) throw new ProxyHeaderError(`a PROXY header (v2) too short for ${family} addresses`)
  const addresses: ProxyAddresses = { transport, ...readAddresses(family, header.subarray(FIXED_BYTES, tlvsAt)) }
  return { version: 'v2', addresses, tlvs: readTlvs(header, tlvsAt) }
}

function isVague(what: string | undefined): what is 'unspecified' | undefined {
  return what === undefined || what === 'unspecified'
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0
}
