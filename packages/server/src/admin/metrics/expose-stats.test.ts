import { describe, expect, test } from 'vitest'

import { type ParsedFamily, parseExposition } from '../../../test/fixtures/parse-exposition.ts'
import {
  dispatchStats,
  endpointStats,
  histogram,
  listenerStats,
  queueStats,
  serverStats,
  upstreamReport,
  workerStats,
} from '../../../test/fixtures/stats.ts'
import type { ServerStats } from '../../server-stats.ts'
import { exposeStats } from './expose-stats.ts'

const BUSY: ServerStats = serverStats({
  listeners: {
    cache: listenerStats({
      sessions: 3,
      ended: { '--': 5, sQ: 1 },
      requests: { ok: 7, timeout: 2 },
      requestTime: histogram(0.2, 1, 3, 20_000),
      refused: { 'not-allowed': 4 },
      bytesIn: 11,
      bytesOut: 12,
      queue: queueStats({
        ...{ length: 6, limit: 50, overloaded: 1, waitTime: histogram(1) },
        dropped: { full: 1, shed: 2, timeout: 3, gone: 4 },
      }),
    }),
  },
  upstreams: {
    redis: upstreamReport(
      {
        ...{ waiting: 2, maxSize: 16, hits: 90, misses: 10, timeouts: 1 },
        endpoints: [
          endpointStats('127.0.0.1:6379', {
            ...{ idle: 1, leased: 2, probing: 3, dialing: 4, closing: 5, state: 'down', breaker: 'open' },
            ...{ dials: 20, dialFailures: 6, probes: 19, probesPassed: 9, probeFailures: 8 },
          }),
        ],
      },
      { isPaused: true, retries: 3 },
    ),
  },
  workers: [workerStats({ id: 2, sessions: 3, rssBytes: 4_000, heapBytes: 2_000, eventLoopDelayMs: 12, fds: 30 })],
  dispatch: dispatchStats({
    ...{ overflowLength: 1, overflowLimit: 64, overflowWaitTime: histogram(2) },
    ...{ steals: 5, refused: 6, workerRestarts: 7 },
  }),
})

async function scrape(stats: ServerStats): Promise<Map<string, ParsedFamily>> {
  return parseExposition(await exposeStats(stats))
}

async function seriesOf(stats: ServerStats): Promise<Record<string, number>> {
  const families = [...(await scrape(stats)).values()]
  return Object.fromEntries(families.flatMap(({ samples }) => [...samples]))
}

describe('a scrape', () => {
  test('has every metric with its kind, also of a server that has done nothing', async () => {
    const kinds = async (stats: ServerStats) => [...(await scrape(stats))].map(([name, { type }]) => `${type} ${name}`)

    expect(await kinds(serverStats())).toEqual(await kinds(BUSY))
    expect((await kinds(BUSY)).toSorted()).toEqual([
      'counter connpool_acquires_total',
      'counter connpool_closed_total',
      'counter connpool_dials_total',
      'counter connpool_probes_begun_total',
      'counter connpool_probes_total',
      'counter connpool_server_bytes_total',
      'counter connpool_server_overflow_refused_total',
      'counter connpool_server_queue_dropped_total',
      'counter connpool_server_refused_total',
      'counter connpool_server_requests_total',
      'counter connpool_server_retries_total',
      'counter connpool_server_sessions_total',
      'counter connpool_server_steals_total',
      'counter connpool_server_worker_restarts_total',
      'gauge connpool_breaker_state',
      'gauge connpool_connections',
      'gauge connpool_endpoint_state',
      'gauge connpool_max_connections',
      'gauge connpool_server_overflow_length',
      'gauge connpool_server_overflow_limit',
      'gauge connpool_server_queue_length',
      'gauge connpool_server_queue_limit',
      'gauge connpool_server_queue_overloaded',
      'gauge connpool_server_sessions',
      'gauge connpool_server_state',
      'gauge connpool_server_upstream_paused',
      'gauge connpool_server_worker_event_loop_delay_seconds',
      'gauge connpool_server_worker_heap_bytes',
      'gauge connpool_server_worker_open_fds',
      'gauge connpool_server_worker_resident_memory_bytes',
      'gauge connpool_server_worker_sessions',
      'gauge connpool_waiting',
      'histogram connpool_acquire_wait_seconds',
      'histogram connpool_dial_seconds',
      'histogram connpool_lease_seconds',
      'histogram connpool_server_overflow_wait_seconds',
      'histogram connpool_server_queue_wait_seconds',
      'histogram connpool_server_request_seconds',
    ])
  })

  test('says of each listener what it counts', async () => {
    expect(await seriesOf(BUSY)).toMatchObject({
      'connpool_server_sessions{listener="cache"}': 3,
      'connpool_server_sessions_total{end="--",listener="cache"}': 5,
      'connpool_server_sessions_total{end="sQ",listener="cache"}': 1,
      'connpool_server_requests_total{listener="cache",outcome="ok"}': 7,
      'connpool_server_requests_total{listener="cache",outcome="timeout"}': 2,
      'connpool_server_refused_total{listener="cache",reason="not-allowed"}': 4,
      'connpool_server_bytes_total{direction="in",listener="cache"}': 11,
      'connpool_server_bytes_total{direction="out",listener="cache"}': 12,
      'connpool_server_queue_length{listener="cache"}': 6,
      'connpool_server_queue_limit{listener="cache"}': 50,
      'connpool_server_queue_overloaded{listener="cache"}': 1,
      'connpool_server_queue_dropped_total{listener="cache",reason="full"}': 1,
      'connpool_server_queue_dropped_total{listener="cache",reason="shed"}': 2,
      'connpool_server_queue_dropped_total{listener="cache",reason="timeout"}': 3,
      'connpool_server_queue_dropped_total{listener="cache",reason="gone"}': 4,
      'connpool_server_queue_wait_seconds_count{listener="cache"}': 1,
    })
  })

  test('says of each upstream and endpoint what it counts', async () => {
    const endpoint = 'endpoint="127.0.0.1:6379",pool="redis"'

    expect(await seriesOf(BUSY)).toMatchObject({
      'connpool_waiting{pool="redis"}': 2,
      'connpool_max_connections{pool="redis"}': 16,
      'connpool_acquires_total{outcome="reused",pool="redis"}': 90,
      'connpool_acquires_total{outcome="dialed",pool="redis"}': 10,
      'connpool_acquires_total{outcome="timeout",pool="redis"}': 1,
      'connpool_server_upstream_paused{pool="redis"}': 1,
      'connpool_server_retries_total{pool="redis"}': 3,
      [`connpool_connections{${endpoint},state="idle"}`]: 1,
      [`connpool_connections{${endpoint},state="leased"}`]: 2,
      [`connpool_connections{${endpoint},state="probing"}`]: 3,
      [`connpool_connections{${endpoint},state="dialing"}`]: 4,
      [`connpool_connections{${endpoint},state="closing"}`]: 5,
      [`connpool_dials_total{endpoint="127.0.0.1:6379",outcome="ok",pool="redis"}`]: 10,
      [`connpool_dials_total{endpoint="127.0.0.1:6379",outcome="failed",pool="redis"}`]: 6,
      [`connpool_probes_begun_total{${endpoint}}`]: 19,
      [`connpool_probes_total{endpoint="127.0.0.1:6379",outcome="ok",pool="redis"}`]: 9,
      [`connpool_probes_total{endpoint="127.0.0.1:6379",outcome="failed",pool="redis"}`]: 8,
      [`connpool_closed_total{${endpoint},reason="lifetime"}`]: 0,
      [`connpool_breaker_state{${endpoint}}`]: 2,
      [`connpool_endpoint_state{${endpoint},state="down"}`]: 1,
      [`connpool_endpoint_state{${endpoint},state="up"}`]: 0,
    })
  })

  test('says of processes what they take, and of dispatch what it did', async () => {
    expect(await seriesOf(BUSY)).toMatchObject({
      'connpool_server_state{state="running"}': 1,
      'connpool_server_state{state="draining"}': 0,
      'connpool_server_worker_sessions{worker="2"}': 3,
      'connpool_server_worker_resident_memory_bytes{worker="2"}': 4_000,
      'connpool_server_worker_heap_bytes{worker="2"}': 2_000,
      'connpool_server_worker_event_loop_delay_seconds{worker="2"}': 0.012,
      'connpool_server_worker_open_fds{worker="2"}': 30,
      'connpool_server_overflow_length{}': 1,
      'connpool_server_overflow_limit{}': 64,
      'connpool_server_overflow_wait_seconds_count{}': 1,
      'connpool_server_overflow_refused_total{}': 6,
      'connpool_server_steals_total{}': 5,
      'connpool_server_worker_restarts_total{}': 7,
    })
  })

  test('has histograms in seconds, cumulative', async () => {
    const series = await seriesOf(BUSY)

    expect(series).toMatchObject({
      'connpool_server_request_seconds_bucket{le="0.00025",listener="cache"}': 1,
      'connpool_server_request_seconds_bucket{le="0.001",listener="cache"}': 2,
      'connpool_server_request_seconds_bucket{le="0.002",listener="cache"}': 2,
      'connpool_server_request_seconds_bucket{le="0.004",listener="cache"}': 3,
      'connpool_server_request_seconds_bucket{le="16.384",listener="cache"}': 3,
      'connpool_server_request_seconds_bucket{le="+Inf",listener="cache"}': 4,
      'connpool_server_request_seconds_count{listener="cache"}': 4,
    })
    expect(series['connpool_server_request_seconds_sum{listener="cache"}']).toBeCloseTo(20.0042)
  })

  test('stands any name', async () => {
    const name = 'a"b\\c\nd{}, e'

    const series = await seriesOf(serverStats({ listeners: { [name]: listenerStats({ sessions: 1 }) } }))

    expect(series).toMatchObject({ 'connpool_server_sessions{listener="a\\"b\\\\c\\nd{}, e"}': 1 })
  })

  test('has a bounded number of series, whatever a name server answers', async () => {
    const endpoints = Array.from({ length: 1_500 }, (_, i) => endpointStats(`host-${i}:1`, { idle: 1 }))

    const series = await seriesOf(serverStats({ upstreams: { redis: upstreamReport({ endpoints }) } }))

    const idle = Object.entries(series).filter(
      ([key]) => key.startsWith('connpool_connections{') && key.includes('idle'),
    )
    expect(idle).toHaveLength(1_000)
    expect(idle.reduce((sum, [, value]) => sum + value, 0)).toBe(1_500)
    expect(series).toMatchObject({ 'connpool_connections{endpoint="(others)",pool="redis",state="idle"}': 501 })
  })
})
