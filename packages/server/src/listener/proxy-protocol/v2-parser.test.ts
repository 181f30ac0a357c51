import { describe, expect, test } from 'vitest'

import { parsePieces, tlv, v2 } from '../../../test/proxy-headers.ts'
import { crc32c } from './crc32c.ts'
import { ProxyHeaderError } from './proxy-header.ts'
import { SIGNATURE } from './v2-layout.ts'

const IPV4 = Uint8Array.of(192, 0, 2, 1, 198, 51, 100, 7, 0xdc, 4, 1, 0xbb)
const REST = Buffer.from('GET /')

const parse = (...parts: Uint8Array[]): ReturnType<typeof parsePieces> => parsePieces([Buffer.concat(parts)])

/** The header with a checksum at its end, as it should be. */
function summed(header: Uint8Array): Uint8Array {
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32c(header))
  return Buffer.concat([header.subarray(0, -4), sum])
}

describe('addresses', () => {
  test.each([
    [0x11, 'stream'],
    [0x12, 'datagram'],
  ])('of IPv4 are read (0x%x: %s)', (family, transport) => {
    expect(parse(v2(0x21, family, IPV4), REST)).toEqual({
      header: {
        version: 'v2',
        addresses: {
          transport,
          source: { address: '192.0.2.1', port: 56_324 },
          destination: { address: '198.51.100.7', port: 443 },
        },
        tlvs: [],
      },
      rest: Uint8Array.from(REST),
    })
  })

  test('of IPv6 are read', () => {
    const ipv6 = Buffer.concat([
      Buffer.from('20010db8000000000000000000000001', 'hex'),
      Buffer.alloc(16),
      Buffer.from([0, 1, 2, 3]),
    ])

    expect(parse(v2(0x21, 0x21, ipv6))).toMatchObject({
      header: { addresses: { source: { address: '2001:db8::1', port: 1 }, destination: { address: '::', port: 515 } } },
    })
  })

  test('of Unix sockets are read up to their NUL; the abstract ones begin with one', () => {
    const paths = Buffer.alloc(216)
    paths.write('/run/a.sock\0junk')
    paths.write('\0abstract', 108)

    expect(parse(v2(0x21, 0x31, paths))).toMatchObject({
      header: { addresses: { source: { path: '/run/a.sock' }, destination: { path: '\0abstract' } } },
    })
    expect(parse(v2(0x21, 0x32, Buffer.alloc(216)))).toMatchObject({ header: { addresses: { source: { path: '' } } } })
    expect(parse(v2(0x21, 0x31, Buffer.alloc(216, 'x')))).toMatchObject({
      header: { addresses: { destination: { path: 'x'.repeat(108) } } },
    })
  })

  test.each([
    ['the proxy speaks for itself', v2(0x20, 0x00)],
    ['the proxy speaks for itself, whatever follows', v2(0x20, 0xff, Buffer.from('anything'))],
    ['the proxy does not know', v2(0x21, 0x00)],
    ['the proxy does not know, whatever follows', v2(0x21, 0x00, Buffer.from('anything'))],
  ])('are left out where %s', (_, header) => {
    expect(parse(header, REST)).toEqual({
      header: { version: 'v2', addresses: undefined, tlvs: [] },
      rest: Uint8Array.from(REST),
    })
  })
})

describe('TLVs', () => {
  test('are given as they came', () => {
    const header = v2(0x21, 0x11, IPV4, tlv(0x02, Buffer.from('example.org')), tlv(0x04, new Uint8Array()))

    expect(parse(header)).toMatchObject({
      header: {
        tlvs: [
          { type: 2, value: Uint8Array.from(Buffer.from('example.org')) },
          { type: 4, value: new Uint8Array() },
        ],
      },
    })
  })

  test('do not change with the buffer they came in', () => {
    const header = v2(0x21, 0x11, IPV4, tlv(0xe0, Uint8Array.of(7)))
    const parsed = parsePieces([header])
    header.fill(0)

    expect(parsed).toMatchObject({ header: { tlvs: [{ type: 0xe0, value: Uint8Array.of(7) }] } })
  })

  test('may fill the header up to its limit', () => {
    expect(parse(v2(0x21, 0x11, IPV4, tlv(0xe0, new Uint8Array(4601))))).toMatchObject({ rest: new Uint8Array() })
    expect(() => parse(v2(0x21, 0x11, IPV4, tlv(0xe0, new Uint8Array(4602))))).toThrow('has at most 4632 bytes here')
  })

  test('have a right checksum, or the header is refused', () => {
    const sound = summed(v2(0x21, 0x11, IPV4, tlv(0x02, Buffer.from('a')), tlv(0x03, new Uint8Array(4))))

    expect(parse(sound)).toHaveProperty('header')
    for (const at of [13, 16, 30, sound.length - 1]) {
      const wrong = Uint8Array.from(sound)
      wrong[at] = (wrong[at] ?? 0) ^ 3
      expect(() => parse(wrong)).toThrow(ProxyHeaderError)
    }
  })

  test('may have the checksum before others', () => {
    const before = v2(0x21, 0x11, IPV4, tlv(0x03, new Uint8Array(4)), tlv(0x02, Buffer.from('ab')))
    const sum = crc32c(before)
    new DataView(before.buffer, before.byteOffset).setUint32(16 + 12 + 3, sum)

    expect(parse(before)).toHaveProperty('header')
  })
})

describe('more is waited for', () => {
  const header = v2(0x21, 0x11, IPV4)

  test.each([1, 12, 15, 16, 27])('after %d bytes of 28', (length) => {
    expect(parse(header.subarray(0, length))).toBe('more')
  })
})

describe('refused is', () => {
  test.each<[string, Uint8Array, string]>([
    ['another signature', Buffer.from('\r\n\r\n\0\r\nQUIT\r'), 'begins with its signature'],
    ['the start of another signature', Buffer.from('\r\n\n'), 'begins with its signature'],
    ['version 1', v2(0x11, 0x11, IPV4), 'of version 1'],
    ['version 3', v2(0x31, 0x11, IPV4), 'of version 3'],
    ['an unknown command', v2(0x22, 0x11, IPV4), 'with command 2'],
    ['an unknown family', v2(0x21, 0x41, IPV4), 'family and transport 0x41'],
    ['an unknown transport', v2(0x21, 0x13, IPV4), 'family and transport 0x13'],
    ['a family without a transport', v2(0x21, 0x10, IPV4), 'family and transport 0x10'],
    ['a transport without a family', v2(0x21, 0x01, IPV4), 'family and transport 0x1'],
    ['too few bytes for IPv4', v2(0x21, 0x11, IPV4.subarray(1)), 'too short for ipv4'],
    ['too few bytes for IPv6', v2(0x21, 0x21, new Uint8Array(35)), 'too short for ipv6'],
    ['too few bytes for paths', v2(0x21, 0x31, new Uint8Array(215)), 'too short for unix'],
    ['no bytes at all', v2(0x21, 0x11), 'too short for ipv4'],
    ['a TLV without a length', v2(0x21, 0x11, IPV4, Uint8Array.of(1, 0)), 'beyond its end'],
    ['a TLV that is too long', v2(0x21, 0x11, IPV4, Uint8Array.of(1, 0, 2, 9)), 'beyond its end'],
    ['one byte behind the TLVs', v2(0x21, 0x11, IPV4, tlv(4, Uint8Array.of(1)), Uint8Array.of(0)), 'beyond its end'],
    ['a checksum of 3 bytes', v2(0x21, 0x11, IPV4, tlv(3, new Uint8Array(3))), 'has not 4 bytes'],
    ['a wrong checksum', v2(0x21, 0x11, IPV4, tlv(3, new Uint8Array(4))), 'wrong checksum'],
    ['a length beyond the limit', Buffer.concat([SIGNATURE, Uint8Array.of(0x20, 0, 0xff, 0xff)]), 'at most 4632 bytes'],
  ])('%s', (_, header, why) => {
    expect(() => parse(header)).toThrow(ProxyHeaderError)
    expect(() => parse(header)).toThrow(why)
  })
})
