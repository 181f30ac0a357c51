import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { AddressList } from './address-list.ts'
import { plainAddress, readAddressRange } from './address-range.ts'

test.each([
  ['10.0.0.0/8', '10.255.0.1', true],
  ['10.0.0.0/8', '11.0.0.1', false],
  ['10.0.0.0/8', '::ffff:10.1.2.3', true],
  ['10.0.0.0/8', '::FFFF:10.1.2.3', true],
  ['10.0.0.0/8', '::ffff:a01:203', true],
  ['10.0.0.0/8', '::10.1.2.3', false],
  ['::ffff:10.0.0.0/104', '10.1.2.3', true],
  ['::ffff:a00:0/104', '10.1.2.3', true],
  ['::ffff:10.0.0.0/104', '11.1.2.3', false],
  ['192.0.2.7', '192.0.2.7', true],
  ['192.0.2.7', '192.0.2.8', false],
  ['0.0.0.0/0', '203.0.113.9', true],
  ['0.0.0.0/0', '2001:db8::1', false],
  ['::/0', '2001:db8::1', true],
  ['2001:db8::/33', '2001:db8:7fff::1', true],
  ['2001:DB8::/33', '2001:db8:8000::1', false],
  ['fe80::/10', 'fe80::1%eth0', true],
  ['::1', '::1', true],
  ['::/0', 'cache.example', false],
  ['0.0.0.0/0', '', false],
])('of a list of %s, %s is one: %s', (entry, address, isOne) => {
  expect(new AddressList([entry], 'allow').has(address)).toBe(isOne)
})

test('an address is one if any entry has it', () => {
  const list = new AddressList(['127.0.0.0/8', '::1'], 'allow')

  expect(['127.0.0.1', '::1', '10.0.0.1'].map((address) => list.has(address))).toEqual([true, true, false])
})

describe('what is no address or range', () => {
  test.each([
    ['10.0.0', 'must be an IP address or a range such as 10.0.0.0/8 or fd00::/8, got "10.0.0"'],
    ['localhost', 'must be an IP address or a range'],
    ['', 'must be an IP address or a range'],
    ['fe80::1%eth0', 'must be an IP address or a range'],
    ['10.0.0.0/8/8', 'must be an IP address or a range'],
    [' 10.0.0.1', 'must be an IP address or a range'],
    ['10.0.0.0/33', 'must have a whole number from 0 to 32 after the slash, got "10.0.0.0/33"'],
    ['fd00::/129', 'must have a whole number from 0 to 128 after the slash'],
    ['10.0.0.0/', 'must have a whole number from 0 to 32'],
    ['10.0.0.0/-1', 'must have a whole number from 0 to 32'],
    ['10.0.0.0/8.0', 'must have a whole number from 0 to 32'],
    ['10.0.0.1/8', 'must have no bits set beyond the first 8, got "10.0.0.1/8"'],
    ['fd00::1/8', 'must have no bits set beyond the first 8'],
    ['fd80::/8', 'must have no bits set beyond the first 8'],
    ['::ffff:10.0.0.1/104', 'must have no bits set beyond the first 8'],
    ['::1.2.3.4/96', 'must have no bits set beyond the first 96'],
  ])('%j is an error that says where and why', (entry, message) => {
    const make = (): unknown => new AddressList(['::1', entry], 'listeners.cache.deny')

    expect(make).toThrow(RangeError)
    expect(make).toThrow(`listeners.cache.deny[1] ${message}`)
  })
})

test('a range has just the addresses with its first bits', () => {
  const whole = (most: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: most })
  fc.assert(
    fc.property(whole(0xffff_ffff), whole(32), whole(32), (address, bits, flipped) => {
      const network = bits === 0 ? 0 : (address >>> (32 - bits)) * 2 ** (32 - bits)
      const other = flipped === 32 ? address : (address ^ (1 << (31 - flipped))) >>> 0

      const list = new AddressList([`${dotted(network)}/${bits}`], 'allow')

      expect(list.has(dotted(address))).toBe(true)
      expect(list.has(dotted(other))).toBe(flipped >= bits)
    }),
  )
})

test.each([
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['192.0.2.1', '192.0.2.1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['2001:db8::1', '2001:db8::1'],
])('%s is plainly %s', (address, plain) => {
  expect(plainAddress(address)).toBe(plain)
})

test('an address alone is a range of one', () => {
  expect(readAddressRange('192.0.2.1')).toEqual({ family: 'ipv4', address: '192.0.2.1', bits: 32 })
  expect(readAddressRange('FD00::1')).toEqual({ family: 'ipv6', address: 'fd00::1', bits: 128 })
})

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.')
}
