import { describe, expect, test } from 'vitest'

import { lines, type LinesOptions } from './lines.ts'
import { ProtocolError } from './protocol.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1')

describe('a request', () => {
  test('ends with its line feed', () => {
    const scanner = lines().requests()

    expect(scanner.scan(bytes('one\r\ntwo\nthr'), 0)).toBe(5)
    expect(scanner.scan(bytes('one\r\ntwo\nthr'), 5)).toBe(9)
    expect(scanner.scan(bytes('one\r\ntwo\nthr'), 9)).toBe(-1)
    expect(scanner.isInFrame).toBe(true)
    expect(scanner.scan(bytes('ee\n'), 0)).toBe(3)
    expect(scanner.isInFrame).toBe(false)
  })

  test('has not begun before its first byte', () => {
    const scanner = lines().requests({ maxBytes: 1 })

    expect(scanner.scan(bytes('x\n'), 2)).toBe(-1)
    expect(scanner.isInFrame).toBe(false)
  })

  test('may be as long as the limit, its end included', () => {
    expect(lines().requests({ maxBytes: 4 }).scan(bytes('abc\n'), 0)).toBe(4)
  })

  test.each(['abcd\n', 'abcd', 'abcde'])('%j is longer than four bytes', (text) => {
    const scanner = lines().requests({ maxBytes: 4 })

    expect(() => scanner.scan(bytes(text), 0)).toThrow(new ProtocolError('longer than 4 bytes', 'too-large'))
  })

  test('counts what came in pieces', () => {
    const scanner = lines({ maxBytes: 4 }).requests({ maxBytes: 100 })
    scanner.scan(bytes('ab'), 0)

    expect(() => scanner.scan(bytes('cd\n'), 0)).toThrow('longer than 4 bytes')
  })

  test('is counted anew after each end', () => {
    const scanner = lines().requests({ maxBytes: 3 })

    expect([scanner.scan(bytes('ab\n'), 0), scanner.scan(bytes('ab\n'), 0)]).toEqual([3, 3])
  })
})

test('a reply is one line of any length', () => {
  expect(
    lines({ maxBytes: 4 })
      .replies()
      .scan(bytes(`${'x'.repeat(1000)}\nmore`), 0),
  ).toBe(1001)
})

describe('for a handler', () => {
  test.each([
    ['GET a\n', 'GET a'],
    ['GET a\r\n', 'GET a'],
    ['GET a\r\r\n', 'GET a\r'],
    ['\n', ''],
    ['\r\n', ''],
  ])('%j has %j in it', (frame, payload) => {
    expect(Buffer.from(lines().payload(bytes(frame))).toString()).toBe(payload)
  })

  test('an answer becomes a line', () => {
    expect(lines().frame(bytes('yes'))).toEqual(bytes('yes\n'))
  })

  test('an answer with a line feed is an error: the client would take it for two', () => {
    expect(() => lines().frame(bytes('yes\nno'))).toThrow(ProtocolError)
  })
})

test('a refusal is one line, whatever its message', () => {
  const refusal = lines().refusal({ reason: 'queue-full', message: 'no\r\nroom' })

  expect(refusal).toEqual(bytes('ERR connpool: no room\n'))
})

test.each([0, -1, 1.5, NaN, '4'])('maxBytes cannot be %o', (maxBytes) => {
  expect(() => lines({ maxBytes } as LinesOptions)).toThrow(
    `lines: maxBytes must be a whole number from 1, or Infinity, got ${JSON.stringify(maxBytes).replace('null', 'NaN')}`,
  )
})
