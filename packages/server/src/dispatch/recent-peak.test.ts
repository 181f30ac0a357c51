import { expect, test } from 'vitest'

import { RecentPeak } from './recent-peak.ts'

function peaksOf(values: readonly number[], everyMs: number): number[] {
  const peak = new RecentPeak(0, 0)
  return values.map((value, index) => {
    peak.observe(value, index * everyMs)
    return peak.at(index * everyMs)
  })
}

test('the highest value is remembered for a quarter of a second at least, and for half of one at most', () => {
  expect(peaksOf([0, 9, 1, 2, 1, 1], 100)).toEqual([0, 9, 9, 9, 9, 2])
})

test('what was said last holds while nothing is said', () => {
  const peak = new RecentPeak(7, 0)
  peak.observe(3, 10)

  expect([249, 250, 500, 5_000].map((now) => peak.at(now))).toEqual([7, 7, 3, 3])
})

test('after a long silence only the last value counts', () => {
  const peak = new RecentPeak(7, 0)
  peak.observe(3, 10)
  peak.observe(4, 600)

  expect(peak.at(600)).toBe(4)
})
