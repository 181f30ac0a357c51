import fc from 'fast-check'
import { expect, test } from 'vitest'

import { fairParts, type Claim } from './fair-parts.ts'

function parts(total: number, needs: readonly number[], others: readonly Partial<Claim>[] = []): number[] {
  return fairParts(
    total,
    needs.map((need, place) => ({ need, has: 0, since: Infinity, ...others[place] })),
  )
}

test.each([
  [10, [1, 2, 3], [1, 2, 3]],
  [10, [1, 20, 30], [1, 5, 4]],
  [12, [30, 2, 30, 4], [4, 2, 3, 3]],
  [10, [4, 4, 4], [4, 3, 3]],
  [2, [1, 1, 1], [1, 1, 0]],
  [0, [1, 5], [0, 0]],
  [5, [], []],
])('%i for needs of %j is %j', (total, needs, expected) => {
  expect(parts(total, needs)).toEqual(expected)
})

test('who has one of the rest keeps it', () => {
  expect(parts(10, [9, 9, 9], [{ has: 3 }, { has: 3 }, { has: 4 }])).toEqual([3, 3, 4])
})

test('who has waited longest gets of the rest before who has it', () => {
  expect(parts(1, [1, 1, 1], [{ has: 1 }, { since: 20 }, { since: 10 }])).toEqual([0, 0, 1])
})

test('all that is needed is given, and nobody has more than one over another who needs more', () => {
  const needs = fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(fc.nat({ max: 60 }), needs, (total, each) => {
      const given = parts(total, each)

      const sum = given.reduce((all, part) => all + part, 0)
      const needed = each.reduce((all, need) => all + need, 0)
      expect(sum).toBe(Math.min(total, needed))
      const least = Math.min(...given.filter((part, place) => part < (each[place] ?? 0)))
      for (const [place, part] of given.entries()) {
        expect(part).toBeLessThanOrEqual(each[place] ?? 0)
        expect(part).toBeLessThanOrEqual(least + 1)
      }
    }),
  )
})
