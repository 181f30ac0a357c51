/** Where things are in a PROXY header of version 2. */

/** What every one begins with: no other protocol does. */
export const SIGNATURE: Uint8Array = Uint8Array.from('\r\n\r\n\0\r\nQUIT\n', (sign) => sign.codePointAt(0) ?? 0)

/** Of the signature, version and command, family and transport, and the length of the rest. */
export const FIXED_BYTES = 16

export const VERSION = 2
export const LOCAL = 0
export const PROXY = 1

export type Family = 'ipv4' | 'ipv6' | 'unix'

/** How many bytes two addresses of a family take, and their two ports. */
export const ADDRESS_BYTES: Readonly<Record<Family, number>> = { ipv4: 12, ipv6: 36, unix: 216 }

export const FAMILIES: readonly (Family | 'unspecified' | undefined)[] = ['unspecified', 'ipv4', 'ipv6', 'unix']
export const TRANSPORTS: readonly ('unspecified' | 'stream' | 'datagram' | undefined)[] = [
  'unspecified',
  'stream',
  'datagram',
]

/** The TLV whose value is a checksum over the whole header. */
export const CRC32C_TYPE = 0x03
