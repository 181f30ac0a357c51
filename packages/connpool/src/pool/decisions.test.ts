import { describe, expect, test } from 'vitest'

import { Decisions } from './decisions.ts'

function after(count: number): Decisions {
  const decisions = new Decisions()
  for (let number = 1; number <= count; number++) decisions.add(`decision ${number}`, number)
  return decisions
}

describe('the last decisions', () => {
  test('are none at first', () => {
    expect(after(0).list()).toEqual([])
  })

  test('are told oldest first, with their time', () => {
    expect(after(2).list()).toEqual([
      { at: 1, what: 'decision 1' },
      { at: 2, what: 'decision 2' },
    ])
  })

  test.each([64, 65, 127, 128, 1_000])('after %i of them, are the last sixty-four', (count) => {
    const numbers = after(count)
      .list()
      .map(({ at }) => at)

    expect(numbers).toEqual(Array.from({ length: 64 }, (_, index) => count - 63 + index))
  })

  test('do not change once they are told', () => {
    const decisions = after(1)

    const told = decisions.list()
    decisions.add('another', 2)

    expect(told).toHaveLength(1)
  })
})
