import { Registry } from 'prom-client'

import type { ServerStats } from '../../server-stats.ts'
import { listenerMetrics } from './listener-metrics.ts'
import { poolMetrics } from './pool-metrics.ts'
import { dispatchMetrics, stateMetrics, workerMetrics } from './process-metrics.ts'

/** The server's numbers in Prometheus's text format. Nothing is kept from one call to the next. */
export function exposeStats(stats: ServerStats): Promise<string> {
  const registry = new Registry()
  const families = [
    ...stateMetrics(stats.state),
    ...listenerMetrics(stats.listeners),
    ...dispatchMetrics(stats.dispatch),
    ...workerMetrics(stats.workers),
    ...poolMetrics(stats.upstreams),
  ]
  for (const family of families) registry.registerMetric(family.asMetric())
  return registry.metrics()
}

/** The format's name, for the header `Content-Type`. */
export const EXPOSITION_TYPE: string = Registry.PROMETHEUS_CONTENT_TYPE
