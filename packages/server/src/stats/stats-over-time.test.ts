import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import {
  dispatchStats,
  endpointStats,
  histogram,
  listenerStats,
  queueStats,
  serverStats,
  upstreamReport,
  workerStats,
} from '../../test/fixtures/stats.ts'
import type { ServerStats } from '../server-stats.ts'
import { StatsOverTime } from './stats-over-time.ts'

/** What a busy process says: gauges and counters are all `n`. */
function busy(n: number, endpoint = 'a:1'): ServerStats {
  return serverStats({
    listeners: {
      cache: listenerStats({
        sessions: n,
        ended: { '--': n },
        requests: { ok: n },
        requestTime: histogram(...Array.from({ length: n }, () => 1)),
        bytesIn: n,
        queue: queueStats({ length: n, limit: n, overloaded: 1 }),
      }),
    },
    upstreams: {
      redis: upstreamReport({
        ...{ idle: n, waiting: n, hits: n, maxSize: n, dials: 2 * n, dialing: n },
        endpoints: [endpointStats(endpoint, { idle: n, hits: n, dials: 2 * n, dialing: n })],
      }),
    },
    workers: [workerStats({ id: n })],
    dispatch: dispatchStats({ steals: n, overflowLength: n, overflowLimit: n }),
  })
}

describe('when a process has gone', () => {
  test('what it counted of its endpoints outlives a successor that has gone before it said anything', () => {
    const stats = new StatsOverTime()
    stats.join(1)
    stats.report(1, busy(10))
    stats.leave(1)
    stats.join(2)
    stats.leave(2)
    stats.join(3)

    stats.report(3, busy(1))

    expect(stats.total().upstreams['redis']?.pool.endpoints).toMatchObject([{ endpoint: 'a:1', hits: 11 }])
  })

  test('its counters stay in the sum; what it had open, queued or was allowed does not', () => {
    const stats = new StatsOverTime()
    stats.join(1)
    stats.join(2)
    stats.report(1, busy(10))
    stats.report(2, busy(1))

    stats.leave(1)

    const total = stats.total()
    expect(total.listeners['cache']).toEqual({
      ...listenerStats({ sessions: 1, ended: { '--': 11 }, requests: { ok: 11 }, bytesIn: 11 }),
      requestTime: histogram(...Array.from({ length: 11 }, () => 1)),
      queue: queueStats({ length: 1, limit: 1, overloaded: 1 }),
    })
    expect(total.upstreams['redis']?.pool).toMatchObject({ idle: 1, waiting: 1, hits: 11, maxSize: 1 })
    expect(total.dispatch).toMatchObject({ steals: 11, overflowLength: 1, overflowLimit: 1 })
    expect(total.workers.map(({ id }) => id)).toEqual([1])
  })

  test('dials that it did not finish were never made', () => {
    const stats = new StatsOverTime()
    stats.join(1)
    stats.report(1, busy(10))

    stats.leave(1)

    expect(stats.total().upstreams['redis']?.pool).toMatchObject({ dials: 10, dialing: 0, dialFailures: 0 })
  })

  test('how an endpoint stands is what the living say', () => {
    const stats = new StatsOverTime()
    for (const [key, given] of [{ state: 'down', breaker: 'open', weight: 3 } as const, { weight: 1 }].entries()) {
      stats.join(key)
      const endpoint = endpointStats('a:1', { hits: 5, failureRatio: 0.5, ...given })
      stats.report(key, serverStats({ ...busy(1), upstreams: { redis: upstreamReport({ endpoints: [endpoint] }) } }))
    }

    stats.leave(0)

    expect(stats.total().upstreams['redis']?.pool.endpoints).toEqual([
      endpointStats('a:1', { hits: 10, failureRatio: 0.5, weight: 1 }),
    ])
  })

  test('its endpoints that nobody else has are not shown, and stay in the sum of the upstream', () => {
    const stats = new StatsOverTime()
    stats.join(1)
    stats.join(2)
    stats.report(1, busy(10, 'old:1'))
    stats.report(2, busy(1, 'new:1'))

    stats.leave(1)

    const pool = stats.total().upstreams['redis']?.pool
    expect(pool?.endpoints.map(({ endpoint, hits }) => ({ endpoint, hits }))).toEqual([{ endpoint: 'new:1', hits: 1 }])
    expect(pool?.hits).toBe(11)
  })

  test('endpoints do not gather, however many come and go', () => {
    const stats = new StatsOverTime()
    for (let key = 0; key < 100; key++) {
      stats.join(key)
      stats.report(key, busy(1, `host-${key}:1`))
      stats.leave(key)
    }

    const pool = stats.total().upstreams['redis']?.pool
    expect(pool?.endpoints.map(({ endpoint }) => endpoint)).toEqual(['host-99:1'])
    expect(pool?.hits).toBe(100)
  })

  test('what it says afterwards comes too late', () => {
    const stats = new StatsOverTime()
    stats.join(1)
    stats.report(1, busy(1))
    stats.leave(1)

    stats.report(1, busy(2))
    stats.leave(1)

    expect(stats.total().listeners['cache']?.requests).toEqual({ ok: 1 })
  })

  test('and it was the last, its counters are still told', () => {
    const stats = new StatsOverTime()
    stats.join(1)
    stats.report(1, busy(3))

    stats.leave(1)

    expect(stats.total()).toMatchObject({
      state: 'stopped',
      listeners: { cache: { sessions: 0, requests: { ok: 3 } } },
    })
  })
})

describe('a process that has joined', () => {
  test('is starting until it reports', () => {
    const stats = new StatsOverTime()
    stats.join(1)

    expect(stats.total().state).toBe('starting')
  })

  test('replaces its last report with the next', () => {
    const stats = new StatsOverTime()
    stats.join(1)
    stats.report(1, busy(1))
    stats.report(1, busy(2))

    expect(stats.total()).toEqual(busy(2))
  })

  test('cannot join again', () => {
    const stats = new StatsOverTime()
    stats.join(1)

    expect(() => stats.join(1)).toThrow('bug: process 1 has joined before')
  })
})

test('listeners and upstreams that no living process has are not shown, and count on when they come back', () => {
  const stats = new StatsOverTime()
  stats.join(1)
  stats.report(1, busy(5))
  stats.join(2)
  stats.report(2, serverStats({ listeners: { other: listenerStats() } }))
  stats.leave(1)
  const without = stats.total()

  stats.report(2, busy(1))

  expect([Object.keys(without.listeners), Object.keys(without.upstreams)]).toEqual([['other'], []])
  expect(stats.total().listeners['cache']?.requests).toEqual({ ok: 6 })
})

test('no counter goes back, whoever comes and goes', () => {
  const event = fc.record({ kind: fc.constantFrom('join', 'report', 'leave'), process: fc.nat(3) })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const stats = new StatsOverTime()
      const keys = [0, 0, 0, 0]
      const counted = new Map<number, number>()
      let before = 0
      let nextKey = 1
      for (const { kind, process } of events) {
        const key = keys[process] ?? 0
        if (kind === 'join' && key === 0) stats.join((keys[process] = nextKey++))
        if (kind === 'report') counted.set(key, (counted.get(key) ?? 0) + 1)
        if (kind === 'report') stats.report(key, busy(counted.get(key) ?? 0))
        if (kind === 'leave') stats.leave(key)
        if (kind === 'leave') keys[process] = 0

        const now = stats.total().listeners['cache']?.requests.ok ?? before
        expect(now).toBeGreaterThanOrEqual(before)
        before = now
      }
    }),
  )
})
