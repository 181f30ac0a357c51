import type { DispatchStats, ServerState, WorkerStats } from '../../server-stats.ts'
import { counter, gauge, histogram, type MetricFamily } from './metric-family.ts'

const STATES: readonly ServerState[] = ['starting', 'running', 'draining', 'stopped']

/** The life of the server: 1 for the state it is in. */
export function stateMetrics(state: ServerState): MetricFamily[] {
  const family = gauge('connpool_server_state', '1 for the state the server is in.')
  for (const each of STATES) family.add({ state: each }, each === state ? 1 : 0)
  return [family]
}

/** Connections on their way to a worker, and workers that were replaced. */
export function dispatchMetrics(stats: DispatchStats): MetricFamily[] {
  return [
    gauge('connpool_server_overflow_length', 'Accepted connections that wait for a worker.').add(
      {},
      stats.overflowLength,
    ),
    gauge('connpool_server_overflow_limit', 'The most connections that may wait.').add({}, stats.overflowLimit),
    histogram('connpool_server_overflow_wait_seconds', 'How long connections waited for a worker.').addHistogram(
      {},
      stats.overflowWaitTime,
    ),
    counter('connpool_server_overflow_refused_total', 'Connections no worker could take.').add({}, stats.refused),
    counter('connpool_server_steals_total', 'Waiting connections taken by a worker with room.').add({}, stats.steals),
    counter('connpool_server_worker_restarts_total', 'Workers that died and were replaced.').add(
      {},
      stats.workerRestarts,
    ),
  ]
}

/** What each process takes of the machine. */
export function workerMetrics(workers: readonly WorkerStats[]): MetricFamily[] {
  const sessions = gauge('connpool_server_worker_sessions', 'Open sessions of a worker.')
  const rss = gauge('connpool_server_worker_resident_memory_bytes', 'Resident memory of a worker.')
  const heap = gauge('connpool_server_worker_heap_bytes', 'Used heap of a worker.')
  const delay = gauge(
    'connpool_server_worker_event_loop_delay_seconds',
    'How late timers are: 99th percentile of late.',
  )
  const fds = gauge('connpool_server_worker_open_fds', 'Open file descriptors of a worker.')
  for (const worker of workers) {
    const labels = { worker: String(worker.id) }
    sessions.add(labels, worker.sessions)
    rss.add(labels, worker.rssBytes)
    heap.add(labels, worker.heapBytes)
    delay.add(labels, worker.eventLoopDelayMs / 1_000)
    fds.add(labels, worker.fds)
  }
  return [sessions, rss, heap, delay, fds]
}
