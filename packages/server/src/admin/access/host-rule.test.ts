import { describe, expect, test } from 'vitest'

import { hostOf, isHostMeant } from './host-rule.ts'

describe('the host of a header', () => {
  test.each([
    ['127.0.0.1:9900', '127.0.0.1'],
    ['127.0.0.1', '127.0.0.1'],
    ['LocalHost:80', 'localhost'],
    ['[::1]:9900', '::1'],
    ['[::1]', '::1'],
    ['a-b.example_1.org:65535', 'a-b.example_1.org'],
  ])('%s is %s', (header, host) => {
    expect(hostOf(header)).toBe(host)
  })

  test.each([
    '',
    ':9900',
    'localhost:',
    'localhost:80:80',
    'localhost:123456',
    'localhost:80x',
    '::1',
    '[::1',
    '[::1]x',
    '[127.0.0.1]',
    '[]',
    'a b',
    'user@localhost',
    'localhost/x',
    'localhost,evil.example',
    'ö.example',
    'a'.repeat(254),
  ])('of %j is none', (header) => {
    expect(hostOf(header)).toBeUndefined()
  })
})

describe('on loopback', () => {
  test.each(['localhost', '127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])('%s is meant', (host) => {
    expect(isHostMeant(host, '127.0.0.1')).toBe(true)
  })

  test.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '127.evil.example',
    '0.0.0.0',
    '10.0.0.1',
    '2130706433',
    '127.1',
    '::',
    'fe80::1',
  ])('%s is not', (host) => {
    expect(isHostMeant(host, '127.0.0.1')).toBe(false)
  })
})

describe('on an address that others can reach', () => {
  test.each(['10.0.0.5', '192.0.2.1', '2001:db8::1', 'localhost'])('%s is meant: nobody can rebind it', (host) => {
    expect(isHostMeant(host, '0.0.0.0')).toBe(true)
  })

  test.each(['evil.example', 'connpool.internal'])('%s is not', (host) => {
    expect(isHostMeant(host, '0.0.0.0')).toBe(false)
  })

  test('the name it was told to listen on is meant, in any case', () => {
    expect(isHostMeant('connpool.internal', 'Connpool.Internal')).toBe(true)
  })
})
