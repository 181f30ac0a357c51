import { expect, test } from 'vitest'

import { fillPhases } from './phases.ts'

test('where none is known all stand evenly apart', () => {
  expect(fillPhases([undefined, undefined])).toEqual([0.25, 0.75])
})

test('where all are known they stay', () => {
  expect(fillPhases([0.7, 0.1, 0.3])).toEqual([0.7, 0.1, 0.3])
})

test('the unknown stand evenly between those beside them', () => {
  expect(fillPhases([0.25, undefined, undefined, undefined, 0.75])).toEqual([0.25, 0.375, 0.5, 0.625, 0.75])
})

test('before the first and behind the last is the same side of the circle', () => {
  expect(fillPhases([undefined, 0.25, 0.5, undefined])).toEqual([0, 0.25, 0.5, 0.75])
})

test('where one is known the others have the whole circle', () => {
  expect(fillPhases([undefined, 0.5])).toEqual([0, 0.5])
})
