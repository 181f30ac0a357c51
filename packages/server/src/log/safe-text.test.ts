import fc from 'fast-check'
import { expect, test } from 'vitest'

import { safeText } from './safe-text.ts'

/** What a terminal obeys, or a viewer takes for the end of a line or a turn of the text, once it is JSON. */
// oxlint-disable-next-line no-control-regex -- that none is left is what is tested
const OBEYED = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 400 }).map((units) => String.fromCharCode(...units)),
)

test('any text is short, and in JSON obeyed by nobody', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const json = JSON.stringify(safeText(text))

      expect(OBEYED.test(json)).toBe(false)
      expect(safeText(text).length).toBeLessThanOrEqual(300 * '\\u2028'.length + 1)
    }),
  )
})

test.each([
  ['ECONNREFUSED 127.0.0.1:6379', 'ECONNREFUSED 127.0.0.1:6379'],
  ['größer als 日本 🎉', 'größer als 日本 🎉'],
  ['a\u2028b\u009bc', 'a\\u2028b\\u009bc'],
  ['x'.repeat(301), `${'x'.repeat(300)}…`],
])('%j becomes %j', (text, safe) => {
  expect(safeText(text)).toBe(safe)
})
