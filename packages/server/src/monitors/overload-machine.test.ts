import { describe, expect, test } from 'vitest'

import { OverloadMachine, type OverloadOrder } from './overload-machine.ts'
import type { Readings } from './readings.ts'

const NEVER = { refuseAt: Infinity, stopAt: Infinity }
const SETTINGS = { eventLoopDelay: NEVER, heapBytes: NEVER, rssBytes: NEVER, fdRatio: NEVER }
const CALM: Readings = { eventLoopDelayMs: 0, heapBytes: 0, rssBytes: 0, fds: 0, fdLimit: 1_000 }
const MIB = 2 ** 20

/** What is ordered after each of these delays, which follow each other by so many milliseconds. */
function ordersFor(delays: readonly number[], everyMs: number): OverloadOrder[] {
  const machine = new OverloadMachine({ ...SETTINGS, eventLoopDelay: { refuseAt: 100, stopAt: 200 } })
  return delays.map((eventLoopDelayMs, index) => {
    machine.observe({ ...CALM, eventLoopDelayMs }, index * everyMs)
    return machine.verdict.order
  })
}

test('a value at its threshold is beyond it', () => {
  expect(ordersFor([99, 100, 199, 200], 1)).toEqual(['ok', 'refuse', 'refuse', 'stop'])
})

test('a value has to fall a tenth below before it counts', () => {
  expect(ordersFor([200, 181, 179, 91, 89], 1_000)).toEqual(['stop', 'stop', 'refuse', 'refuse', 'ok'])
})

test('an order holds for a second at least', () => {
  expect(ordersFor([100, 0, 0, 0, 0], 250)).toEqual(['refuse', 'refuse', 'refuse', 'refuse', 'ok'])
})

test('one that has held for long ends at once', () => {
  expect(ordersFor([100, 100, 100, 100, 100, 0], 250).at(-1)).toBe('ok')
})

test('a stricter order does not wait', () => {
  expect(ordersFor([100, 200, 100], 1)).toEqual(['refuse', 'stop', 'stop'])
})

test('without thresholds nothing is ordered', () => {
  const machine = new OverloadMachine(SETTINGS)

  const hasChanged = machine.observe(
    { eventLoopDelayMs: 1e9, heapBytes: 1e15, rssBytes: 1e15, fds: 1e9, fdLimit: 1 },
    0,
  )

  expect(hasChanged).toBe(false)
  expect(machine.verdict).toEqual({ order: 'ok', reason: undefined })
})

test('what the system does not say is no reason', () => {
  const machine = new OverloadMachine({ ...SETTINGS, fdRatio: { refuseAt: 0.5, stopAt: 0.9 } })

  machine.observe({ ...CALM, fds: 600, fdLimit: undefined }, 0)
  machine.observe({ ...CALM, fds: undefined, fdLimit: 1_000 }, 1)

  expect(machine.verdict.order).toBe('ok')
})

describe('the reason', () => {
  test.each([
    [
      'eventLoopDelay',
      100,
      200,
      { eventLoopDelayMs: 150.4 },
      'the event loop is 150 ms late, clients are refused from 100 ms',
    ],
    ['heapBytes', MIB, 2 * MIB, { heapBytes: 3 * MIB }, 'the heap has 3 MiB, nothing is accepted from 2 MiB'],
    ['rssBytes', MIB, 9 * MIB, { rssBytes: 2 * MIB }, 'the process has 2 MiB, clients are refused from 1 MiB'],
    ['fdRatio', 0.8, 0.9, { fds: 850 }, '85 % of the file descriptors are open, clients are refused from 80 %'],
  ])('%s is told with its threshold', (name, refuseAt, stopAt, readings, reason) => {
    const machine = new OverloadMachine({ ...SETTINGS, [name]: { refuseAt, stopAt } })

    machine.observe({ ...CALM, ...readings }, 0)

    expect(machine.verdict.reason).toBe(reason)
  })

  test('is the worst of several', () => {
    const machine = new OverloadMachine({
      ...SETTINGS,
      eventLoopDelay: { refuseAt: 100, stopAt: 200 },
      fdRatio: { refuseAt: 0.8, stopAt: 0.9 },
    })

    machine.observe({ ...CALM, eventLoopDelayMs: 150, fds: 950 }, 0)

    expect(machine.verdict.order).toBe('stop')
    expect(machine.verdict.reason).toContain('95 % of the file descriptors')
  })
})

test('only another order is news', () => {
  const machine = new OverloadMachine({ ...SETTINGS, heapBytes: { refuseAt: 100, stopAt: 200 } })

  const news = [0, 100, 150, 200, 0, 0].map((heapBytes, index) => machine.observe({ ...CALM, heapBytes }, index * 600))

  expect(news).toEqual([false, true, false, true, false, true])
})

test('an order is taken back by other thresholds, too', () => {
  const machine = new OverloadMachine({ ...SETTINGS, heapBytes: { refuseAt: 100, stopAt: 200 } })
  machine.observe({ ...CALM, heapBytes: 250 }, 0)

  machine.setRules({ ...SETTINGS, heapBytes: { refuseAt: 1_000, stopAt: 2_000 } })
  const orderBefore = machine.verdict.order
  const isNews = machine.observe({ ...CALM, heapBytes: 250 }, 1_000)

  expect(orderBefore).toBe('stop')
  expect(isNews).toBe(true)
  expect(machine.verdict.order).toBe('ok')
})
