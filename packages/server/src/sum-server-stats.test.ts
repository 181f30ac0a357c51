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
} from '../test/fixtures/stats.ts'
import type { ServerState } from './server-stats.ts'
import { sumServerStats } from './sum-server-stats.ts'

describe('the sum of no processes', () => {
  test('is that of a server that has stopped and done nothing', () => {
    expect(sumServerStats([])).toEqual(serverStats({ state: 'stopped' }))
  })
})

describe('the sum of one process', () => {
  test('is what that process says', () => {
    const one = serverStats({
      listeners: { cache: listenerStats({ sessions: 2, ended: { '--': 7 }, requestTime: histogram(1, 2) }) },
      upstreams: { redis: upstreamReport({ total: 1, endpoints: [endpointStats('a:1', { total: 1 })] }) },
      workers: [workerStats()],
      dispatch: dispatchStats({ steals: 3 }),
    })

    expect(sumServerStats([one])).toEqual(one)
  })
})

describe('the sum of several processes', () => {
  test.each<{ states: ServerState[]; sum: ServerState }>([
    { states: ['running', 'draining'], sum: 'draining' },
    { states: ['stopped', 'draining'], sum: 'draining' },
    { states: ['starting', 'running'], sum: 'running' },
    { states: ['running', 'stopped'], sum: 'running' },
    { states: ['stopped', 'starting'], sum: 'starting' },
    { states: ['stopped', 'stopped'], sum: 'stopped' },
  ])('of which they are $states is $sum', ({ states, sum }) => {
    expect(sumServerStats(states.map((state) => serverStats({ state }))).state).toBe(sum)
  })

  test('adds up everything a listener counts', () => {
    const [first, second] = [1, 100].map((times) =>
      serverStats({
        listeners: {
          cache: listenerStats({
            sessions: times,
            ended: { '--': 2 * times, [times === 1 ? 'CD' : 'SD']: times },
            requests: { ok: 3 * times },
            requestTime: histogram(times),
            refused: { 'not-allowed': 4 * times },
            bytesIn: 5 * times,
            bytesOut: 6 * times,
            queue: queueStats({
              length: 7 * times,
              limit: 8 * times,
              waitTime: histogram(2 * times),
              dropped: { full: 9 * times, shed: 10 * times, timeout: 11 * times, gone: 12 * times },
              overloaded: times,
            }),
          }),
        },
      }),
    )

    const sum = sumServerStats([first ?? serverStats(), second ?? serverStats()])

    expect(sum.listeners).toEqual({
      cache: {
        sessions: 101,
        ended: { '--': 202, CD: 1, SD: 100 },
        requests: { ok: 303 },
        requestTime: histogram(1, 100),
        refused: { 'not-allowed': 404 },
        bytesIn: 505,
        bytesOut: 606,
        queue: {
          length: 707,
          limit: 808,
          waitTime: histogram(2, 200),
          dropped: { full: 909, shed: 1010, timeout: 1111, gone: 1212 },
          overloaded: 101,
        },
      },
    })
  })

  test('has the listeners and upstreams of all, also those that only one has', () => {
    const sum = sumServerStats([
      serverStats({ listeners: { a: listenerStats({ sessions: 1 }) }, upstreams: { x: upstreamReport({ idle: 1 }) } }),
      serverStats({ listeners: { b: listenerStats({ sessions: 2 }) }, upstreams: { y: upstreamReport({ idle: 2 }) } }),
    ])

    expect([sum.listeners['a']?.sessions, sum.listeners['b']?.sessions]).toEqual([1, 2])
    expect([sum.upstreams['x']?.pool.idle, sum.upstreams['y']?.pool.idle]).toEqual([1, 2])
  })

  test('lists their workers one after the other, and adds up what dispatch counts', () => {
    const sum = sumServerStats([
      serverStats({ workers: [workerStats({ id: 1 })], dispatch: dispatchStats({ steals: 1, refused: 2 }) }),
      serverStats({
        workers: [workerStats({ id: 2 })],
        dispatch: dispatchStats({
          overflowLength: 1,
          overflowLimit: 2,
          overflowWaitTime: histogram(4),
          steals: 3,
          workerRestarts: 5,
        }),
      }),
    ])

    expect(sum.workers.map(({ id }) => id)).toEqual([1, 2])
    expect(sum.dispatch).toEqual({
      overflowLength: 1,
      overflowLimit: 2,
      overflowWaitTime: histogram(4),
      steals: 4,
      refused: 2,
      workerRestarts: 5,
    })
  })

  test('is paused where one of them is, and adds up retries', () => {
    const sum = sumServerStats([
      serverStats({ upstreams: { redis: upstreamReport({}, { retries: 1 }) } }),
      serverStats({ upstreams: { redis: upstreamReport({}, { retries: 2, isPaused: true }) } }),
    ])

    expect(sum.upstreams['redis']).toMatchObject({ retries: 3, isPaused: true })
  })
})

describe('the endpoints of several processes', () => {
  const sumOf = (...each: Parameters<typeof endpointStats>[1][]) =>
    sumServerStats(
      each.map((given) =>
        serverStats({ upstreams: { redis: upstreamReport({ endpoints: [endpointStats('a:1', given)] }) } }),
      ),
    ).upstreams['redis']?.pool.endpoints[0]

  test('are put together by their text, and their numbers added', () => {
    const sum = sumServerStats([
      serverStats({
        upstreams: { redis: upstreamReport({ endpoints: [endpointStats('a:1', { idle: 1, hits: 2 })] }) },
      }),
      serverStats({
        upstreams: {
          redis: upstreamReport({ endpoints: [endpointStats('b:1', { idle: 3 }), endpointStats('a:1', { idle: 4 })] }),
        },
      }),
    ]).upstreams['redis']?.pool.endpoints

    expect(sum?.map(({ endpoint, idle, hits }) => ({ endpoint, idle, hits }))).toEqual([
      { endpoint: 'a:1', idle: 5, hits: 2 },
      { endpoint: 'b:1', idle: 3, hits: 0 },
    ])
  })

  test('add up why connections were closed', () => {
    const closed = endpointStats('a:1').closed

    const sum = sumOf({ closed: { ...closed, dirty: 2 } }, { closed: { ...closed, dirty: 3, lifetime: 1 } })

    expect(sum?.closed).toEqual({ ...closed, dirty: 5, lifetime: 1 })
  })

  test('stand as the worst of them says', () => {
    expect(sumOf({ state: 'up', breaker: 'half-open' }, { state: 'ejected', breaker: 'closed' })).toMatchObject({
      state: 'ejected',
      breaker: 'half-open',
    })
    expect(sumOf({ state: 'resting', breaker: 'half-open' }, { state: 'down', breaker: 'open' })).toMatchObject({
      state: 'down',
      breaker: 'open',
    })
  })

  test('weigh and fail as they do on average', () => {
    expect(sumOf({ weight: 1, failureRatio: 0 }, { weight: 3, failureRatio: 0.5 })).toMatchObject({
      weight: 2,
      failureRatio: 0.25,
    })
  })

  test('are as slow as the average lease, of those that know', () => {
    const sum = sumOf({ latencyMs: 1, acquired: 30 }, { latencyMs: 5, acquired: 10 }, { acquired: 60 })

    expect(sum?.latencyMs).toBe(2)
    expect(sumOf({ acquired: 1 }, {})).not.toHaveProperty('latencyMs')
  })
})

describe('histograms with other bounds', () => {
  test('are not added: the sum would be about nothing', () => {
    const other = { ...histogram(1), boundsMs: [1, 2] }
    const [one, two] = [histogram(1), other].map((requestTime) =>
      serverStats({ listeners: { cache: listenerStats({ requestTime }) } }),
    )

    expect(() => sumServerStats([one ?? serverStats(), two ?? serverStats()])).toThrow(
      'bug: histograms with different bounds cannot be added',
    )
  })
})
