import type { CloseReason, PoolStats } from '../metrics/stats.ts'
import { Counts } from '../pool/counts.ts'

/** The numbers of a pool that has done nothing. */
export function emptyStats(): PoolStats {
  return {
    total: 0,
    idle: 0,
    leased: 0,
    probing: 0,
    dialing: 0,
    closing: 0,
    waiting: 0,
    minSize: 0,
    maxSize: 0,
    hits: 0,
    misses: 0,
    timeouts: 0,
    acquired: 0,
    released: 0,
    discarded: 0,
    lateReleases: 0,
    dials: 0,
    dialFailures: 0,
    probes: 0,
    probesPassed: 0,
    probeFailures: 0,
    closed: { ...new Counts().closed },
  }
}

/** Adds the numbers of one pool to a sum. */
export function addStats(sum: PoolStats, stats: PoolStats): void {
  for (const name of Object.keys(sum) as (keyof PoolStats)[]) {
    if (name !== 'closed') sum[name] += stats[name]
  }
  for (const reason of Object.keys(sum.closed) as CloseReason[]) sum.closed[reason] += stats.closed[reason]
}
