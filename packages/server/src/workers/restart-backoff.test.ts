import { describe, expect, test } from 'vitest'

import { RestartBackoff } from './restart-backoff.ts'

function waits(lives: readonly { livedMs?: number; hasServed?: boolean; random?: number }[]): number[] {
  const backoff = new RestartBackoff()
  return lives.map(({ livedMs = 0, hasServed = false, random = 0 }) => backoff.died({ livedMs, hasServed, random }))
}

describe('a worker that dies again and again', () => {
  test('waits twice as long each time, at most 10 s, when it cannot even start', () => {
    expect(waits(Array.from({ length: 9 }, () => ({})))).toEqual([
      100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000,
    ])
  })

  test('waits at most 1 s when it had served', () => {
    expect(waits(Array.from({ length: 6 }, () => ({ hasServed: true })))).toEqual([100, 200, 400, 800, 1_000, 1_000])
  })

  test('waits no longer than ever so often', () => {
    expect(waits(Array.from({ length: 2_000 }, () => ({}))).at(-1)).toBe(10_000)
  })
})

test('a worker that lived for 10 s begins anew', () => {
  expect(waits([{}, {}, { livedMs: 10_000 }, {}])).toEqual([100, 200, 100, 200])
})

test('chance makes the wait up to a quarter longer', () => {
  expect(waits([{ random: 0.5 }, { random: 1 }])).toEqual([112.5, 250])
})
