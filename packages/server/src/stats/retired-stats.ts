import type { PoolStats, UpstreamStats } from 'connpool'

import type { ListenerStats, ServerStats, UpstreamReport } from '../server-stats.ts'
import { mapValues } from './map-values.ts'

/**
 * What is left of a process's numbers when it is gone: what it has counted, without what it had open, queued or was
 * allowed. Dials that it did not finish were never made.
 */
export function retiredStats(stats: ServerStats): ServerStats {
  return {
    state: 'stopped',
    listeners: mapValues(stats.listeners, retiredListener),
    upstreams: mapValues(stats.upstreams, retiredUpstream),
    workers: [],
    dispatch: { ...stats.dispatch, overflowLength: 0, overflowLimit: 0 },
  }
}

function retiredListener(listener: ListenerStats): ListenerStats {
  return { ...listener, sessions: 0, queue: { ...listener.queue, length: 0, limit: 0, overloaded: 0 } }
}

function retiredUpstream(upstream: UpstreamReport): UpstreamReport {
  return { ...upstream, isPaused: false, pool: retiredPools(upstream.pool) }
}

function retiredPools(pool: UpstreamStats): UpstreamStats {
  return { ...retiredPool(pool), endpoints: pool.endpoints.map((each) => retiredPool(each)) }
}

function retiredPool<S extends PoolStats>(stats: S): S {
  const open = { total: 0, idle: 0, leased: 0, probing: 0, dialing: 0, closing: 0 }
  return { ...stats, ...open, waiting: 0, minSize: 0, maxSize: 0, dials: stats.dials - stats.dialing }
}
