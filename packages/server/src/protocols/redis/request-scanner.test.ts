import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { cut, endsOf, scanAll, sizes } from '../../../test/frames.ts'
import { RedisRequestScanner } from './request-scanner.ts'

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')

const scan = (text: string, maxBytes = Infinity): number => new RedisRequestScanner({ maxBytes }).scan(bytes(text), 0)

const command = fc
  .array(fc.uint8Array({ maxLength: 30 }), { minLength: 1, maxLength: 5 })
  .map((words) =>
    Buffer.concat([
      bytes(`*${words.length}\r\n`),
      ...words.flatMap((word) => [bytes(`$${word.length}\r\n`), word, bytes('\r\n')]),
    ]),
  )

const typed = fc
  .tuple(fc.stringMatching(/^[ \t!-)+-~\u0080-\u00ff][ \t!-~\u0080-\u00ff]{0,20}$/), fc.constantFrom('\n', '\r\n'))
  .map(([text, end]) => bytes(text + end))

const empty = fc.constantFrom('*0\r\n', '*-1\r\n', '\r\n', '\n').map(bytes)

const commands = fc.array(fc.oneof(command, typed, empty))

describe('commands', () => {
  test('are found however the stream is cut', () => {
    fc.assert(
      fc.property(commands, sizes(), (frames, sizes) => {
        const found = scanAll(new RedisRequestScanner(), cut(Buffer.concat(frames), sizes))

        expect(found).toEqual({ ends: endsOf(frames), error: undefined, isInFrame: false })
      }),
    )
  })

  test('stop at the first that is longer than the limit, however the stream is cut', () => {
    fc.assert(
      fc.property(commands, sizes(), fc.integer({ min: 1, max: 120 }), (frames, sizes, maxBytes) => {
        const tooLong = frames.findIndex((frame) => frame.length > maxBytes)
        const found = scanAll(new RedisRequestScanner({ maxBytes }), cut(Buffer.concat(frames), sizes))

        expect(found.error).toBe(tooLong === -1 ? undefined : 'too-large')
        expect(found.ends).toEqual(endsOf(tooLong === -1 ? frames : frames.slice(0, tooLong)))
      }),
    )
  })

  test('are the same, or the same error, however any bytes are cut', () => {
    const signs = fc.array(fc.constantFrom(...'*$-012 9\r\n\0aA\t'.split(''), '\r\n', '*1\r\n', '$1\r\n'), {
      maxLength: 40,
    })
    fc.assert(
      fc.property(signs, sizes(), fc.integer({ min: 1, max: 60 }), (signs, sizes, maxBytes) => {
        const stream = bytes(signs.join(''))
        const whole = scanAll(new RedisRequestScanner({ maxBytes }), [stream])
        const pieces = scanAll(new RedisRequestScanner({ maxBytes }), cut(stream, sizes))

        expect(pieces.ends).toEqual(whole.ends)
        expect(pieces.error === undefined).toBe(whole.error === undefined)
        expect(pieces.isInFrame).toBe(whole.isInFrame)
      }),
    )
  })
})

describe('a command', () => {
  test('is in its frame from its first byte on', () => {
    const scanner = new RedisRequestScanner()

    expect(scanner.scan(bytes('*'), 0)).toBe(-1)
    expect(scanner.isInFrame).toBe(true)
    expect(scanner.scan(bytes('1\r\n$4\r\nPING\r\n'), 0)).toBe(13)
    expect(scanner.isInFrame).toBe(false)
  })

  test.each([
    '*1\r\n+PING\r\n', // a word that is no bulk string
    '*1\r\n*1\r\n',
    '*1\n$4\r\nPING\r\n', // half a line break
    '*1\r\r\n',
    '*01\r\n', // a count in another spelling
    '*+1\r\n',
    '*1 \r\n',
    '*\r\n',
    '*-\r\n',
    '*-2\r\n',
    '*-0\r\n',
    '*?\r\n',
    '*1\r\n$-1\r\n',
    '*1\r\n$?\r\n',
    '*1\r\n$\r\n',
    '*1\r\n$4\r\nPINGxx', // longer than it says
    '*1\r\n$4\r\nPING\rx',
    '*1\r\n$4\r\nPING\n\r',
    '*2147483648\r\n', // too many words
    'PING\0\r\n', // where a server may see the end
    'PING\rPING\r\n',
    '\x1bPING\r\n',
  ])('%j is an error', (text) => {
    expect(() => scan(text)).toThrow(expect.objectContaining({ reason: 'protocol' }))
  })

  test.each([
    ['*1\r\n$5\r\n', 14], // 8 and 7
    ['*2\r\n', 15], // 4 and 2 × 6
    ['PING xxxxxxxxxxx', 16],
    ['*1000000000000000\r\n', Infinity],
    ['*1\r\n$1000000000000000\r\n', Infinity],
  ])('%j is too large for %d bytes as soon as that is certain', (text, maxBytes) => {
    expect(() => scan(text, maxBytes)).toThrow(expect.objectContaining({ reason: 'too-large' }))
  })

  test('of exactly the limit is taken', () => {
    expect(scan('*1\r\n$5\r\nhello\r\n', 15)).toBe(15)
    expect(scan('*2\r\n$0\r\n\r\n$0\r\n\r\n', 16)).toBe(16)
  })

  test('typed by hand may be 64 KiB long', () => {
    expect(scan(`${'x'.repeat(65_535)}\n`)).toBe(65_536)
    expect(() => scan(`${'x'.repeat(65_536)}\n`)).toThrow('longer than 65536 bytes')
    expect(() => scan('x'.repeat(65_536))).toThrow('longer than 65536 bytes')
  })
})
