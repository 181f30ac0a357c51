import { describe, expect, test } from 'vitest'

import { parsePieces } from '../../../test/proxy-headers.ts'
import { ProxyHeaderError } from './proxy-header.ts'

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')
const parse = (text: string): ReturnType<typeof parsePieces> => parsePieces([bytes(text)])

const LONGEST =
  'PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n'

test('addresses and ports are read, and what follows is left to the client', () => {
  expect(parse('PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\nGET /')).toEqual({
    header: {
      version: 'v1',
      addresses: {
        transport: 'stream',
        source: { address: '192.0.2.1', port: 56_324 },
        destination: { address: '198.51.100.7', port: 443 },
      },
      tlvs: [],
    },
    rest: Uint8Array.from(bytes('GET /')),
  })
})

test('IPv6 addresses become those that a socket would say', () => {
  expect(parse('PROXY TCP6 2001:DB8:0::1 ::FFFF:1.2.3.4 0 65535\r\n')).toMatchObject({
    header: {
      addresses: {
        source: { address: '2001:db8::1', port: 0 },
        destination: { address: '::ffff:1.2.3.4', port: 65_535 },
      },
    },
  })
})

test.each(['PROXY UNKNOWN\r\n', 'PROXY UNKNOWN what ever\r\n', LONGEST])('%j says nothing of addresses', (line) => {
  expect(parse(line)).toMatchObject({ header: { version: 'v1', addresses: undefined }, rest: new Uint8Array() })
})

describe('more is waited for', () => {
  test.each(['', 'P', 'PROXY', 'PROXY TCP4 ', 'PROXY TCP4 1.1.1.1 1.1.1.1 1 1\r', LONGEST.slice(0, -1)])(
    'after %j',
    (start) => {
      expect(parse(start)).toBe('more')
    },
  )
})

describe('refused at once is', () => {
  test.each([
    ['GET / HTTP/1.1\r\n', 'must come first'],
    ['POST', 'begins with "PROXY "'],
    ['PROXYX', 'begins with "PROXY "'],
    ['proxy TCP4', 'must come first'],
    ['PROXY TCP4 1.1.1.1 1.1.1.1 1 1\n', 'ends with CR and LF'],
    ['PROXY TCP4 1.1.1.1\r1.1.1.1 1 1\r\n', 'ends with CR and LF'],
    ['PROXY UNKNOWN\r\r\n', 'ends with CR and LF'],
    ['PROXY UNKNOWN\rx', 'ends with CR and LF'],
    [LONGEST.replace('\r\n', '5\r\n'), 'at most 107 bytes'],
    ['PROXY UNKNOWN '.padEnd(107, 'x'), 'at most 107 bytes'],
    ['PROXY TCP5 1.1.1.1 1.1.1.1 1 1\r\n', 'says TCP4, TCP6 or UNKNOWN'],
    ['PROXY UNKNOWNS\r\n', 'says TCP4, TCP6 or UNKNOWN'],
    ['PROXY tcp4 1.1.1.1 1.1.1.1 1 1\r\n', 'says TCP4, TCP6 or UNKNOWN'],
    ['PROXY \r\n', 'says TCP4, TCP6 or UNKNOWN'],
    ['PROXY  TCP4 1.1.1.1 1.1.1.1 1 1\r\n', 'says TCP4, TCP6 or UNKNOWN'],
    ['PROXY TCP4 1.1.1.1 1.1.1.1 1 1 \r\n', 'two addresses and two ports'],
    ['PROXY TCP4 1.1.1.1  1.1.1.1 1 1\r\n', 'two addresses and two ports'],
    ['PROXY TCP4 1.1.1.1 1.1.1.1 1\r\n', 'has ports from'],
    ['PROXY TCP4 1.1.1.1 1.1.1.1 1 65536\r\n', 'has ports from'],
    ['PROXY TCP4 1.1.1.1 1.1.1.1 1 01\r\n', 'has ports from'],
    ['PROXY TCP4 1.1.1.1 1.1.1.1 1 +1\r\n', 'has ports from'],
    ['PROXY TCP4 1.1.1.1 1.1.1.1 1 -1\r\n', 'has ports from'],
    ['PROXY TCP4 1.1.1.1 1.1.1.1 1 1.5\r\n', 'has ports from'],
    ['PROXY TCP4 1.1.1.1 1.1.1.1 1 0x1\r\n', 'has ports from'],
    ['PROXY TCP4 1.1.1.1 1.1.1.1 1 NaN\r\n', 'has ports from'],
    ['PROXY TCP4 1.1.1.01 1.1.1.1 1 1\r\n', 'has IPv4 addresses'],
    ['PROXY TCP4 ::1 ::1 1 1\r\n', 'has IPv4 addresses'],
    ['PROXY TCP6 1.1.1.1 ::1 1 1\r\n', 'has IPv6 addresses'],
    ['PROXY TCP6 ::1 fe80::1%eth0 1 1\r\n', 'has IPv6 addresses'],
    ['PROXY TCP6 ::1 ::1\0 1 1\r\n', 'has IPv6 addresses'],
  ])('%j: it %s', (line, why) => {
    expect(() => parse(line)).toThrow(ProxyHeaderError)
    expect(() => parse(line)).toThrow(why)
  })
})
