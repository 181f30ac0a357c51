import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { cut, endsOf, scanAll, sizes } from '../../../test/frames.ts'
import { RedisReplyScanner } from './reply-scanner.ts'

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')

const scan = (text: string): number => new RedisReplyScanner().scan(bytes(text), 0)

const text = fc.stringMatching(/^[ -~\u0080-\u00ff]{0,12}$/)
const binary = fc.string({ unit: fc.constantFrom('\r', '\n', '\0', 'a', '$', '*'), maxLength: 12 })
const several = (value: fc.Arbitrary<string>): fc.Arbitrary<string[]> => fc.array(value, { maxLength: 4 })

/** RESP2 and RESP3 values of every type, nested. */
const { value } = fc.letrec<{ value: string }>((tie) => {
  const pairs = fc.array(
    fc.tuple(tie('value'), tie('value')).map((pair) => pair.join('')),
    { maxLength: 3 },
  )
  return {
    value: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.tuple(fc.constantFrom(...'+-:#,(_'.split('')), text).map(([type, text]) => `${type}${text}\r\n`),
      fc.constantFrom('$-1\r\n', '*-1\r\n', '_\r\n'),
      fc
        .tuple(fc.constantFrom(...'$!='.split('')), binary)
        .map(([type, blob]) => `${type}${blob.length}\r\n${blob}\r\n`),
      fc
        .array(binary.filter((part) => part !== ''))
        .map((parts) => `$?\r\n${parts.map((part) => `;${part.length}\r\n${part}\r\n`).join('')};0\r\n`),
      fc
        .tuple(fc.constantFrom(...'*~'.split('')), several(tie('value')))
        .map(([type, values]) => `${type}${values.length}\r\n${values.join('')}`),
      fc
        .tuple(fc.constantFrom(...'*~'.split('')), several(tie('value')))
        .map(([type, values]) => `${type}?\r\n${values.join('')}.\r\n`),
      pairs.map((pairs) => `%${pairs.length}\r\n${pairs.join('')}`),
      pairs.map((pairs) => `%?\r\n${pairs.join('')}.\r\n`),
      fc.tuple(pairs, tie('value')).map(([pairs, value]) => `|${pairs.length}\r\n${pairs.join('')}${value}`),
    ),
  }
})

const push = several(value).map((values) => `>${values.length}\r\n${values.join('')}`)
const reply = fc.tuple(fc.oneof({ weight: 4, arbitrary: fc.constant('') }, push), value).map((parts) => parts.join(''))

describe('replies', () => {
  test('of every type are found however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(reply.map(bytes), { maxLength: 5 }), sizes(), (frames, sizes) => {
        const found = scanAll(new RedisReplyScanner(), cut(Buffer.concat(frames), sizes))

        expect(found).toEqual({ ends: endsOf(frames), error: undefined, isInFrame: false })
      }),
      { numRuns: 500 },
    )
  })

  test('are the same, or the same error, however any bytes are cut', () => {
    const signs = fc.array(fc.constantFrom(...'+-:$*%|>.;?012\r\n'.split(''), '\r\n', '\r\n', '1\r\n', '?\r\n'), {
      maxLength: 30,
    })
    fc.assert(
      fc.property(signs, sizes(), (signs, sizes) => {
        const stream = bytes(signs.join(''))

        expect(scanAll(new RedisReplyScanner(), cut(stream, sizes))).toEqual(scanAll(new RedisReplyScanner(), [stream]))
      }),
      { numRuns: 1000 },
    )
  })
})

describe('a reply', () => {
  test('with attributes or a push before it is not over before it has come', () => {
    expect(scan('|1\r\n+ttl\r\n:60\r\n')).toBe(-1)
    expect(scan('|0\r\n')).toBe(-1)
    expect(scan('>2\r\n+message\r\n+hi\r\n')).toBe(-1)
    expect(scan('>0\r\n+OK\r\n')).toBe(9)
  })

  test('counts no attributes among the values they stand between', () => {
    expect(scan('*2\r\n:1\r\n|1\r\n+a\r\n+b\r\n:2\r\n+OK\r\n')).toBe(24)
  })

  test('may be nested as deep as 128, and no deeper', () => {
    expect(scan(`${'*1\r\n'.repeat(128)}:1\r\n`)).toBe(128 * 4 + 4)
    expect(() => scan('*1\r\n'.repeat(129))).toThrow('deeper than 128')
  })

  test('may be long, and what is in it is not looked at', () => {
    expect(scan(`$1000000\r\n${'\r'.repeat(1_000_000)}\r\n`)).toBe(1_000_012)
  })

  test.each([
    '?\r\n', // no type
    'OK\r\n',
    '+OK\n', // half a line break
    '+O\rK\r\n',
    '+OK\r\r\n',
    '$3\r\nabcd\r\n', // longer than it says
    '$2\r\nabc\r\n',
    '$-2\r\n',
    '$03\r\n',
    '*-0\r\n',
    '.\r\n', // an end of nothing
    '*1\r\n.\r\n',
    '*?\r\n.x\r\n',
    ';1\r\na\r\n', // a part of nothing
    '*?\r\n;0\r\n',
    '$?\r\n:1\r\n', // something else than a part
    '$?\r\n.\r\n',
    '$?\r\n;-1\r\n',
    '$?\r\n;?\r\n',
    '|-1\r\n',
    '|?\r\n',
    '>?\r\n',
    '*1\r\n>1\r\n:1\r\n', // a push within
  ])('%j is an error', (text) => {
    expect(() => scan(text)).toThrow(expect.objectContaining({ name: 'ProtocolError' }))
  })
})
