import { expect, test } from 'vitest'

import { OverloadJudge } from './overload-judge.ts'

const RULES = { targetMs: 5, intervalMs: 100 }

/** One service after the other; as many come as are served, and 50 wait. */
function judge(services: readonly { readonly at: number; readonly waitedMs: number }[]): OverloadJudge {
  const overload = new OverloadJudge(RULES)
  for (const { at, waitedMs } of services) {
    overload.arrived()
    overload.served({ waitedMs, waiting: 50 }, at)
  }
  return overload
}

/** From then on, every ten milliseconds, for an interval. */
function every10(from: number, waitedMs: number): { at: number; waitedMs: number }[] {
  return Array.from({ length: 11 }, (_, index) => ({ at: from + index * 10, waitedMs }))
}

test('it is an overload when nobody got through quickly for an interval', () => {
  expect(judge(every10(0, 150).slice(0, 10)).isOverloaded).toBe(false)
  expect(judge(every10(0, 150)).isOverloaded).toBe(true)
})

test('one who got through quickly begins it anew', () => {
  const services = [...every10(0, 150).slice(0, 9), { at: 95, waitedMs: 4 }, ...every10(100, 150).slice(0, 10)]

  expect(judge(services).isOverloaded).toBe(false)
})

test('a wait that is no longer than an interval is none', () => {
  expect(judge([...every10(0, 100), ...every10(110, 100)]).isOverloaded).toBe(false)
})

test('a backend that stood still is none: the time counts as half an interval at most', () => {
  const stillness = [
    { at: 0, waitedMs: 6 },
    { at: 5_000, waitedMs: 5_000 },
  ]

  expect(judge(stillness).isOverloaded).toBe(false)
  expect(judge([...stillness, { at: 5_001, waitedMs: 5_000 }]).isOverloaded).toBe(false)
  expect(judge([...stillness, { at: 5_051, waitedMs: 5_000 }]).isOverloaded).toBe(true)
})

test('services that take long are judged too', () => {
  const slow = [0, 500, 1_000].map((at) => ({ at, waitedMs: 700 }))

  expect(judge(slow).isOverloaded).toBe(true)
})

test('it ends when nobody was shed for an interval', () => {
  const overload = judge(every10(0, 150))

  overload.shed(150)
  overload.served({ waitedMs: 1, waiting: 5 }, 249)
  const before = overload.isOverloaded
  overload.served({ waitedMs: 1, waiting: 5 }, 250)

  expect(before).toBe(true)
  expect(overload.isOverloaded).toBe(false)
})

test('it ends when nobody waits', () => {
  const overload = judge(every10(0, 150))

  overload.calm(101)

  expect(overload.isOverloaded).toBe(false)
})
