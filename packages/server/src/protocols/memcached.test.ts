import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { cut, endsOf, scanAll, sizes } from '../../test/frames.ts'
import { memcached } from './memcached.ts'
import { ProtocolError } from './protocol.ts'

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')

const request = (text: string, maxBytes = Infinity): number => memcached().requests({ maxBytes }).scan(bytes(text), 0)
const reply = (text: string): number => memcached().replies().scan(bytes(text), 0)
const claim = (text: string): string | undefined => memcached().claim?.(bytes(text))

const key = fc.stringMatching(/^[!-~\u0080-\u00ff]{1,250}$/, { size: 'max' })
const block = fc.string({ unit: fc.constantFrom('\r', '\n', ' ', 'a', 'END'), maxLength: 20 })
const number = fc.nat(2 ** 31 - 1)

const storing = fc
  .tuple(fc.constantFrom('set', 'add', 'replace', 'append', 'prepend'), key, number, fc.integer(), block)
  .map(
    ([command, key, flags, exptime, block]) => `${command} ${key} ${flags} ${exptime} ${block.length}\r\n${block}\r\n`,
  )
const cas = fc
  .tuple(key, number, block)
  .map(([key, unique, block]) => `cas ${key} 0 0 ${block.length} ${unique}\n${block}\r\n`)
const getting = fc
  .tuple(fc.constantFrom('get', 'gets', 'gat 10', 'incr', 'touch', 'delete', 'mg'), fc.array(key, { maxLength: 6 }))
  .map(([command, keys]) => `${command} ${keys.join(' ')}\r\n`)
const odd = fc.constantFrom(
  'stats\r\n',
  'version\n',
  'flush_all\r\n',
  'set k 0 0 x\r\n',
  'set k 0 0 5 noreply\r\n',
  '\r\n',
)

const value = fc
  .tuple(fc.constantFrom('VALUE k 0 ', 'VALUE k 4294967295 '), block, fc.constantFrom('', ' 77'))
  .map(([head, block, unique]) => `${head}${block.length}${unique}\r\n${block}\r\n`)
const values = fc.array(value, { maxLength: 4 }).map((values) => `${values.join('')}END\r\n`)
const stats = fc.array(fc.constant('STAT pid 1\r\n')).map((lines) => `${lines.join('')}END\r\n`)
const meta = fc
  .tuple(block, fc.constantFrom('', ' f0 kx'))
  .map(([block, flags]) => `VA ${block.length}${flags}\r\n${block}\r\n`)
const line = fc.constantFrom(
  'STORED\r\n',
  'SERVER_ERROR no\r\n',
  '17\r\n',
  'HD\r\n',
  'EN\r\n',
  'VERSION 1.6\r\n',
  `${'x'.repeat(700)}\r\n`,
)

describe('however the stream is cut', () => {
  test('the same requests are found', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(storing, cas, getting, odd).map(bytes)), sizes(), (frames, sizes) => {
        const found = scanAll(memcached().requests(), cut(Buffer.concat(frames), sizes))

        expect(found).toEqual({ ends: endsOf(frames), error: undefined, isInFrame: false })
      }),
    )
  })

  test('the same replies are found', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(values, stats, meta, line).map(bytes)), sizes(), (frames, sizes) => {
        const found = scanAll(memcached().replies(), cut(Buffer.concat(frames), sizes))

        expect(found).toEqual({ ends: endsOf(frames), error: undefined, isInFrame: false })
      }),
    )
  })

  test('a limit stops at the same request', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(storing, getting).map(bytes)),
        sizes(),
        fc.integer({ min: 1, max: 200 }),
        (frames, sizes, maxBytes) => {
          const tooLong = frames.findIndex((frame) => frame.length > maxBytes)
          const found = scanAll(memcached().requests({ maxBytes }), cut(Buffer.concat(frames), sizes))

          expect(found.error).toBe(tooLong === -1 ? undefined : 'too-large')
          expect(found.ends).toEqual(endsOf(tooLong === -1 ? frames : frames.slice(0, tooLong)))
        },
      ),
    )
  })
})

describe('a request', () => {
  test('with a block ends behind its line break', () => {
    expect(request('set k 0 0 5\r\nhel\r\n\r\nget k\r\n')).toBe(20)
    expect(request('set k 0 0 0\r\n\r\n')).toBe(15)
    expect(request('set k 0 0 5\r\nhello')).toBe(-1)
  })

  test.each(['set k 0 0 3\r\nhello\r\n', 'set k 0 0 5\r\nhello\n\n'])(
    '%j is an error: the block is no block',
    (text) => {
      expect(() => request(text)).toThrow(ProtocolError)
    },
  )

  test('with a block that is too large is refused when its length is known', () => {
    expect(request('set k 0 0 5\r\nhello\r\n', 20)).toBe(20)
    expect(() => request('set k 0 0 6\r\n', 20)).toThrow(expect.objectContaining({ reason: 'too-large' }))
  })

  test('of the binary protocol is an error that says so', () => {
    expect(() => request('\u0080\u0001\n')).toThrow("memcached's binary protocol is not spoken here")
  })

  test.each([
    ...[
      'get k\r\n',
      'gets k j\n',
      'gat 10 k\r\n',
      'delete k\r\n',
      'incr k 1\r\n',
      'touch k 1\r\n',
      'version\r\n',
      'stats\r\n',
    ],
    ...['mg k v\r\n', 'mg queue v\r\n', 'mn\r\n', 'get\r\n'],
    ...['set k 0 0 1\r\nx\r\n', `set ${'k'.repeat(250)} 4294967295 -1 1\r\nx\r\n`],
    ...['set k 0 2147483647 1\r\nx\r\n', 'set k 0 -2147483648 1\r\nx\r\n', 'cas k 0 0 1 9\r\nx\r\n'],
  ])('%j shares a connection', (text) => {
    expect(claim(text)).toBe('share')
  })

  test.each([
    ...[
      'incr k 1 noreply\r\n',
      'delete k noreply \r\n',
      'set k 0 0 1 noreply\r\n',
      'mg k v q\r\n',
      'cas k 0 0 1 9 noreply\r\n',
    ],
    ...[
      'flush_all\r\n',
      'quit\r\n',
      'watch fetchers\r\n',
      'stats detail dump\r\n',
      'ms k 1\r\n',
      'GET k\r\n',
      ' get k\r\n',
      '\r\n',
    ],
    ...[
      'set k 0 0\r\n',
      'set k 0 0 x\r\n',
      'set k 0 0 -1\r\n',
      'set k -1 0 1\r\n',
      'set k 4294967296 0 1\r\n',
      'set k 0 2147483648 1\r\n',
      'set k 0 -2147483649 1\r\n',
    ],
    ...['set k 0 0 1 \r\n', 'set  k 0 0 1\r\n', 'set k 0 0 2147483646\r\n', 'set  0 0 1\r\n'],
    ...[
      'cas k 0 0 1\r\n',
      'cas k 0 0 1 x\r\n',
      'cas k 0 0 1 18446744073709551616\r\n',
      'set k\t 0 0 1\r\n',
      'get k\0\r\n',
    ],
  ])('%j gets a connection of its own, and ends with its line', (text) => {
    expect(claim(text)).toBe('own')
    expect(request(`${text}x\r\n`)).toBe(text.length)
  })
})

describe('a key', () => {
  const storing = (length: number): string => `set ${'k'.repeat(length)} 0 0 1\r\nx\r\n`

  test('of 250 bytes shares a connection, and one more is what memcached refuses', () => {
    expect([claim(storing(250)), request(storing(250))]).toEqual(['share', storing(250).length])
    expect([claim(storing(251)), request(storing(251))]).toEqual(['own', storing(251).length - 3])
  })

  test('so long in a reply that its length would not be kept is an error, cut or not', () => {
    expect(() => reply(`VALUE ${'k'.repeat(600)} 0 1\r\n`)).toThrow(ProtocolError)
  })
})

describe('a reply', () => {
  test('goes on after values and statistics', () => {
    expect(reply('VALUE k 0 3\r\nEND\r\n')).toBe(-1)
    expect(reply('VALUE k 0 3\r\nEND\r\nEND\r\nSTORED\r\n')).toBe(23)
    expect(reply('STAT pid 1\r\nEND\r\n')).toBe(17)
  })

  test('that fails between values is over', () => {
    expect(reply('VALUE k 0 1\r\nx\r\nSERVER_ERROR out of memory\r\n')).toBe(44)
  })

  test.each(['VALUE k 0\r\n', 'VALUE k 0 x\r\n', 'VALUE k 0 -1\r\n', 'VA\r\n', 'VA x\r\n', 'VALUE k 0 1\r\nxyz'])(
    '%j is an error: nobody knows where it goes on',
    (text) => {
      expect(() => reply(text)).toThrow(ProtocolError)
    },
  )
})

describe('for a handler', () => {
  test('a request stands as it is', () => {
    expect(memcached().payload(bytes('get k\r\n'))).toEqual(bytes('get k\r\n'))
  })

  test('an answer is one whole reply', () => {
    expect(memcached().frame(bytes('VALUE k 0 1\r\nx\r\nEND\r\n'))).toHaveLength(21)
    expect(() => memcached().frame(bytes('VALUE k 0 1\r\nx\r\n'))).toThrow(ProtocolError)
    expect(() => memcached().frame(bytes('END\r\nEND\r\n'))).toThrow(ProtocolError)
  })
})

test('a refusal is exactly one line, whatever its message', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (message) => {
      const refusal = memcached().refusal({ reason: 'timeout', message })

      expect(memcached().replies().scan(refusal, 0)).toBe(refusal.length)
      expect(Buffer.from(refusal).toString()).toMatch(/^SERVER_ERROR connpool: /)
    }),
  )
})
