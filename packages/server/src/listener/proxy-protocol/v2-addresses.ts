import { ipv4Text, ipv6Text } from './ip-bytes.ts'
import type { IpAddress, ProxyAddress } from './proxy-header.ts'
import { ADDRESS_BYTES, type Family } from './v2-layout.ts'

interface TwoAddresses {
  readonly source: ProxyAddress
  readonly destination: ProxyAddress
}

/** Source and destination, from as many bytes as the family takes. */
export function readAddresses(family: Family, bytes: Uint8Array): TwoAddresses {
  switch (family) {
    case 'ipv4':
      return readIps(bytes, 4, ipv4Text)
    case 'ipv6':
      return readIps(bytes, 16, ipv6Text)
    case 'unix':
      return readPaths(bytes)
  }
}

/** Both addresses, then both ports. */
function readIps(bytes: Uint8Array, size: number, textOf: (bytes: Uint8Array) => string): TwoAddresses {
  const ip = (index: number): IpAddress => ({
    address: textOf(bytes.subarray(size * index, size * (index + 1))),
    port: portAt(bytes, 2 * (size + index)),
  })
  return { source: ip(0), destination: ip(1) }
}

function portAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}

function readPaths(bytes: Uint8Array): TwoAddresses {
  const half = ADDRESS_BYTES.unix / 2
  return { source: { path: pathOf(bytes.subarray(0, half)) }, destination: { path: pathOf(bytes.subarray(half)) } }
}

/** Up to the first NUL, but one in front: that is how the abstract ones of Linux begin. */
function pathOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0, 1)
  const path = Buffer.from(end === -1 ? bytes : bytes.subarray(0, end)).toString()
  return path === '\0' ? '' : path
}
