import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { exactly, lineBeginningWith } from './reply-matcher.ts'
import type { ReplyMatcher, Verdict } from './reply-matcher.ts'

/** The last verdict; a matcher is not asked again once the reply is wrong. */
function feed(matcher: ReplyMatcher, chunks: readonly Uint8Array[]): Verdict {
  let verdict: Verdict = 'incomplete'
  for (const chunk of chunks) {
    if (verdict !== 'wrong') verdict = matcher.take(chunk)
  }
  return verdict
}

/** The same bytes, cut at the given places. */
function cut(bytes: Uint8Array, at: readonly number[]): Uint8Array[] {
  const places = [...new Set(at.map((place) => place % (bytes.length + 1)))].toSorted((a, b) => a - b)
  return [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length)).filter(isNotEmpty)
}

function isNotEmpty(bytes: Uint8Array): boolean {
  return bytes.length > 0
}

const cuts = fc.array(fc.nat(), { maxLength: 12 })

describe('a reply that must be exactly some bytes', () => {
  test('is complete with these bytes, however they are cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), cuts, (bytes, at) => {
        expect(feed(exactly(bytes), cut(bytes, at))).toBe('complete')
      }),
    )
  })

  test('is incomplete with only the beginning of them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 2, maxLength: 40 }), fc.nat(), cuts, (bytes, length, at) => {
        const beginning = bytes.subarray(0, length % bytes.length)
        expect(feed(exactly(bytes), cut(beginning, at))).toBe('incomplete')
      }),
    )
  })

  test('is wrong with one byte changed or one more, however they are cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(), cuts, (bytes, place, at) => {
        const changed = Uint8Array.from(bytes)
        const index = place % bytes.length
        changed[index] = (changed[index] ?? 0) ^ 1
        expect(feed(exactly(bytes), cut(changed, at))).toBe('wrong')
        expect(feed(exactly(bytes), cut(Uint8Array.of(...bytes, 0), at))).toBe('wrong')
      }),
    )
  })
})

describe('a reply that must be one line', () => {
  const verdictOn = (text: string, at: readonly number[] = []): Verdict =>
    feed(lineBeginningWith(Buffer.from('VERSION '), 32), cut(Buffer.from(text, 'latin1'), at))

  test('is complete at its end, however it is cut', () => {
    fc.assert(
      fc.property(cuts, (at) => {
        expect(verdictOn('VERSION 1.6.18\r\n', at)).toBe('complete')
      }),
    )
  })

  test.each(['', 'V', 'VERSION ', 'VERSION 1', 'VERSION 1.6\r'])('is incomplete with %j', (text) => {
    expect(verdictOn(text)).toBe('incomplete')
  })

  test.each([
    'ERROR\r\n',
    'version 1\r\n',
    'VERSION \r\n',
    'VERSION 1\n',
    'VERSION 1\r\r\n',
    'VERSION 1\rx\n',
    'VERSION 1\u0000\r\n',
    'VERSION \u00e9\r\n',
    'VERSION 1\r\nVERSION 1\r\n',
    'VERSION 1\r\n\n',
    `VERSION ${'1'.repeat(25)}`,
  ])('is wrong with %j, however it is cut', (text) => {
    fc.assert(
      fc.property(cuts, (at) => {
        expect(verdictOn(text, at)).toBe('wrong')
      }),
    )
  })

  test('may be as long as the limit', () => {
    expect(verdictOn(`VERSION ${'1'.repeat(22)}\r\n`)).toBe('complete')
    expect(verdictOn(`VERSION ${'1'.repeat(24)}\r\n`)).toBe('wrong')
  })
})
