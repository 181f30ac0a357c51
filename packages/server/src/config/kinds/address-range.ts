import { isIP } from 'node:net'

import { kind, type Kind } from './kind.ts'

const BITS: ReadonlyMap<number, number> = new Map([
  [4, 32],
  [6, 128],
])

/** An address, or a range of them. */
export const ADDRESS_RANGE: Kind<string> = kind({
  says: "an IP address or a CIDR range, as '10.0.0.0/8' or 'fd00::/8'",
  read: (given) => (typeof given === 'string' && isRange(given) ? given : undefined),
  json: { type: 'string', pattern: '^[0-9A-Fa-f:.]+(/\\d{1,3})?$' },
})

function isRange(text: string): boolean {
  const [address = '', length, ...more] = text.split('/')
  const bits = address.includes('%') ? undefined : BITS.get(isIP(address))
  if (bits === undefined || more.length > 0) return false
  return length === undefined || (/^(?:0|[1-9]\d{0,2})$/.test(length) && Number(length) <= bits)
}
