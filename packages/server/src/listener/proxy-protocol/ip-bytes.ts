import { isIPv4, isIPv6, SocketAddress } from 'node:net'

/** Four bytes. Undefined: this is no IPv4 address in its one spelling. */
export function ipv4Bytes(text: string): Uint8Array | undefined {
  return isIPv4(text) ? Uint8Array.from(text.split('.'), Number) : undefined
}

/** Sixteen bytes. Undefined: this is no IPv6 address, or one with a zone, which means nothing on another machine. */
export function ipv6Bytes(text: string): Uint8Array | undefined {
  if (text.includes('%') || !isIPv6(text)) return undefined
  const [head = '', tail] = text.split('::')
  const before = groupsOf(head)
  const after = tail === undefined ? [] : groupsOf(tail)
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0)
  return Uint8Array.from([...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff]))
}

/** Groups of 16 bits; a dotted end is two of them. */
function groupsOf(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => (group.includes('.') ? dottedGroups(group) : [Number.parseInt(group, 16)]))
}

function dottedGroups(text: string): number[] {
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number)
  return [(a << 8) | b, (c << 8) | d]
}

export function ipv4Text(bytes: Uint8Array): string {
  return bytes.join('.')
}

/** As Node's sockets spell it, so that one client has one name. */
export function ipv6Text(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, index) => groupAt(bytes, 2 * index).toString(16))
  return new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address
}

function groupAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}
