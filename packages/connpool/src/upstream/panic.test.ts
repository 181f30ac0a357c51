import { expect, test } from 'vitest'

import { isPanicking } from './panic.ts'

test.each([
  [1, 2, 0.5, false],
  [4, 9, 0.5, true],
  [0, 1, 0.5, true],
  [0, 3, 0, false],
  [0, 0, 0.5, false],
  [2, 3, 1, true],
  [3, 3, 1, false],
])('%i healthy of %i at a ratio of %d is a panic: %s', (healthy, all, ratio, isPanic) => {
  expect(isPanicking(healthy, all, ratio)).toBe(isPanic)
})
