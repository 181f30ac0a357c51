import fc from 'fast-check'
import { SocketAddress } from 'node:net'
import { expect, test } from 'vitest'

import { ipv4Bytes, ipv4Text, ipv6Bytes, ipv6Text } from './ip-bytes.ts'

test.each([
  ['::', '::'],
  ['1::', '1::'],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['::ffff:1.2.3.4', '::ffff:1.2.3.4'],
  ['0:0:0:0:0:FFFF:102:304', '::ffff:1.2.3.4'],
  ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
])('%s is %s', (text, canonical) => {
  expect(ipv6Text(ipv6Bytes(text) ?? new Uint8Array())).toBe(canonical)
})

test.each(['', '1', ':::', '1::2::3', 'fe80::1%eth0', '1.2.3.4', '1:2:3:4:5:6:7:8:9', ' ::1', '::1\n', '::1.2.3'])(
  '%j is no IPv6 address',
  (text) => {
    expect(ipv6Bytes(text)).toBeUndefined()
  },
)

test.each(['', '1.2.3', '1.2.3.4.5', '01.2.3.4', '1.2.3.256', '1.2.3.4 ', '1.2.3.-4', '0x1.2.3.4', '::1', '1.2.3.4\0'])(
  '%j is no IPv4 address',
  (text) => {
    expect(ipv4Bytes(text)).toBeUndefined()
  },
)

test('bytes become text and the same bytes again', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      (six, four) => {
        expect(ipv6Bytes(ipv6Text(six))).toEqual(six)
        expect(ipv4Bytes(ipv4Text(four))).toEqual(four)
      },
    ),
  )
})

test('any spelling of an IPv6 address is read as Node reads it', () => {
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      const address = new SocketAddress({ address: text, family: 'ipv6' })

      expect(ipv6Text(ipv6Bytes(text) ?? new Uint8Array())).toBe(address.address)
    }),
  )
})
