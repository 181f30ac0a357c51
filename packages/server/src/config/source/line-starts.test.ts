import fc from 'fast-check'
import { expect, test } from 'vitest'

import { LineStarts } from './line-starts.ts'

test.each([
  ['', 0, 1, 1],
  ['ab', 1, 1, 2],
  ['ab\ncd', 2, 1, 3],
  ['ab\ncd', 3, 2, 1],
  ['ab\r\ncd\n', 4, 2, 1],
  ['\n\n', 2, 3, 1],
])('in %j the character %d is in line %d, column %d', (text, offset, line, column) => {
  expect(new LineStarts(text).positionAt(offset)).toEqual({ line, column })
})

test('lines and columns lead back to the character', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', '\n', '\r', ' ') }), fc.nat(), (text, number) => {
      const offset = number % (text.length + 1)
      const { line, column } = new LineStarts(text).positionAt(offset)
      const before = text.split('\n').slice(0, line - 1)

      expect(before.reduce((sum, each) => sum + each.length + 1, 0) + column - 1).toBe(offset)
    }),
  )
})
