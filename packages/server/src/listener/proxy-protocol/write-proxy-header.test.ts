import { expect, test } from 'vitest'

import type { ProxyAddress } from './proxy-header.ts'
import { proxyHeaderV1, proxyHeaderV2 } from './write-proxy-header.ts'

const text = (header: Uint8Array): string => Buffer.from(header).toString()
const ip = (address: string, port: number): ProxyAddress => ({ address, port })

test('version 1 is a line', () => {
  expect(text(proxyHeaderV1(ip('192.0.2.1', 56_324), ip('198.51.100.7', 443)))).toBe(
    'PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n',
  )
  expect(text(proxyHeaderV1(ip('::1', 1), ip('2001:db8::2', 2)))).toBe('PROXY TCP6 ::1 2001:db8::2 1 2\r\n')
})

test('version 2 is as the specification lays it out', () => {
  const header = proxyHeaderV2(ip('192.0.2.1', 56_324), ip('198.51.100.7', 443))

  expect(Buffer.from(header).toString('hex')).toBe('0d0a0d0a000d0a515549540a2111000cc0000201c6336407dc0401bb')
})

test('addresses of two families are written as IPv6', () => {
  expect(text(proxyHeaderV1(ip('192.0.2.1', 1), ip('::1', 2)))).toBe('PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n')
  expect(proxyHeaderV2(ip('192.0.2.1', 1), ip('::1', 2))).toHaveLength(16 + 36)
})

test('a zone is left out', () => {
  expect(text(proxyHeaderV1(ip('fe80::1%eth0', 1), ip('fe80::2%eth0', 2)))).toBe('PROXY TCP6 fe80::1 fe80::2 1 2\r\n')
})

test.each<[ProxyAddress | undefined, ProxyAddress | undefined]>([
  [undefined, ip('::1', 1)],
  [ip('::1', 1), undefined],
  [{ path: '/run/x.sock' }, { path: '' }],
  [ip('localhost', 1), ip('::1', 1)],
])('where an address is not known (%j, %j) it says so', (source, destination) => {
  expect(text(proxyHeaderV1(source, destination))).toBe('PROXY UNKNOWN\r\n')
  expect(Buffer.from(proxyHeaderV2(source, destination)).toString('hex')).toBe('0d0a0d0a000d0a515549540a20000000')
})
