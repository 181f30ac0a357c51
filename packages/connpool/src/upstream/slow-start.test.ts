import { describe, expect, test } from 'vitest'

import { SlowStart } from './slow-start.ts'

describe('a slow start', () => {
  test('begins with a tenth of the weight and ends with all of it', () => {
    const start = new SlowStart(1_000, 5_000)

    const factors = [5_000, 5_100, 5_250, 5_500, 5_999, 6_000, 60_000].map((now) => start.factorAt(now))

    expect(factors).toEqual([0.1, 0.1, 0.25, 0.5, 0.999, 1, 1])
  })

  test('is over when its time is', () => {
    const start = new SlowStart(1_000, 5_000)

    expect([start.isOver(5_999), start.isOver(6_000)]).toEqual([false, true])
  })

  test('that has not begun yet gives a tenth', () => {
    const start = new SlowStart(1_000, 5_000)

    expect([start.factorAt(0), start.isOver(0)]).toEqual([0.1, false])
  })

  test('of no time gives everything at once', () => {
    const start = new SlowStart(0, 5_000)

    expect([start.factorAt(5_000), start.isOver(5_000)]).toEqual([1, true])
  })
})
