import { describe, expect, test } from 'vitest'

import { SeededRandom } from '../testing/seeded-random.ts'
import { FailureWindow } from './failure-window.ts'

const SEEDS = 200

describe('a window of results', () => {
  test('counts what failed and what did not', () => {
    const window = new FailureWindow(1_000)

    window.failed(0)
    window.succeeded(10)
    window.failed(999)

    expect([window.failures, window.samples]).toEqual([2, 3])
  })

  test('forgets what is older than windowMs', () => {
    const window = new FailureWindow(1_000)
    window.failed(0)
    window.failed(150)

    window.succeeded(1_000)
    const first = [window.failures, window.samples]
    window.succeeded(1_100)

    expect(first).toEqual([1, 2])
    expect([window.failures, window.samples]).toEqual([0, 2])
  })

  test('forgets everything when nothing came for a long time', () => {
    const window = new FailureWindow(1_000)
    for (let now = 0; now < 1_000; now += 10) window.failed(now)

    window.succeeded(3_600_000)

    expect([window.failures, window.samples]).toEqual([0, 1])
  })

  test('still counts what is nine tenths of windowMs old', () => {
    const window = new FailureWindow(1_000)
    window.failed(99)

    window.succeeded(999)

    expect(window.failures).toBe(1)
  })

  test('takes time that runs backwards to stand still', () => {
    const window = new FailureWindow(1_000)
    window.failed(5_000)

    window.failed(4_000)
    window.succeeded(5_950)
    const before = window.failures
    window.succeeded(6_000)

    expect([before, window.failures]).toEqual([2, 0])
  })

  test('is empty once it is cleared', () => {
    const window = new FailureWindow(1_000)
    window.failed(0)
    window.succeeded(0)

    window.clear()
    window.failed(50)

    expect([window.failures, window.samples]).toEqual([1, 1])
  })

  test('reaches a share only with enough results', () => {
    const window = new FailureWindow(1_000)
    window.failed(0)
    const alone = window.reaches(0.5, 2)

    window.succeeded(0)

    expect([alone, window.reaches(0.5, 2), window.reaches(0.6, 2), window.reaches(0.5, 3)]).toEqual([
      false,
      true,
      false,
      false,
    ])
  })
})

/** Every result with its tenth, counted anew each time. */
function countOf(results: readonly { at: number; isFailure: boolean }[], windowMs: number): [number, number] {
  const tenth = (at: number): number => Math.floor(at / (windowMs / 10))
  const last = tenth(results.at(-1)?.at ?? 0)
  const counted = results.filter(({ at }) => tenth(at) > last - 10)
  return [counted.filter(({ isFailure }) => isFailure).length, counted.length]
}

test.each(Array.from({ length: SEEDS }, (_, seed) => seed))(
  'it counts as a list of all results does, seed %i',
  (seed) => {
    const random = new SeededRandom(seed)
    const windowMs = random.pick([10, 1_000, 10_000])
    const window = new FailureWindow(windowMs)
    const results: { at: number; isFailure: boolean }[] = []
    let at = random.whole(0, 100_000)

    for (let times = 0; times < 100; times++) {
      at += random.pick([0, 1, windowMs / 25, windowMs / 3, windowMs * 1.5]) * random.next()
      const isFailure = random.chance(0.4)
      results.push({ at, isFailure })
      if (isFailure) window.failed(at)
      else window.succeeded(at)

      expect([window.failures, window.samples], `seed ${seed}`).toEqual(countOf(results, windowMs))
    }
  },
)
