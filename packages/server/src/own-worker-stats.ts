import { memoryUsage, pid } from 'node:process'

import type { WorkerStats } from './server-stats.ts'

/** What is known of this process. */
export function ownWorkerStats(id: number, sessions: number): WorkerStats {
  const { rss, heapUsed } = memoryUsage()
  return { id, pid, sessions, rssBytes: rss, heapBytes: heapUsed, eventLoopDelayMs: 0, fds: 0, restarts: 0 }
}
