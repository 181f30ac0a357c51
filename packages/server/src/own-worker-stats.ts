import { pid } from 'node:process'

import type { Readings } from './monitors/readings.ts'
import type { WorkerStats } from './server-stats.ts'

/** What is known of this process. */
export function ownWorkerStats(id: number, sessions: number, readings: Readings): WorkerStats {
  const { eventLoopDelayMs, heapBytes, rssBytes, fds = 0 } = readings
  return { id, pid, sessions, rssBytes, heapBytes, eventLoopDelayMs, fds, restarts: 0 }
}
