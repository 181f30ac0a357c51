import type { EndpointStats, UpstreamStats } from 'connpool'

import type { UpstreamReport } from '../server-stats.ts'
import { sumPoolHistograms } from './sum-histograms.ts'
import { sumPoolStats } from './sum-pools.ts'

/** An upstream with what was counted by those before it. Endpoints that it does not have any more are only in its sum. */
export function upstreamWithPast(living: UpstreamReport, past: UpstreamReport | undefined): UpstreamReport {
  if (past === undefined) return living
  return {
    isPaused: living.isPaused,
    pool: poolWithPast(living.pool, past.pool),
    histograms: sumPoolHistograms([living.histograms, past.histograms]),
    retries: living.retries + past.retries,
  }
}

function poolWithPast(living: UpstreamStats, past: UpstreamStats): UpstreamStats {
  const before = new Map(past.endpoints.map((each) => [each.endpoint, each]))
  const endpoints = living.endpoints.map((each) => endpointWithPast(each, before.get(each.endpoint)))
  return { ...sumPoolStats([living, past]), endpoints }
}

function endpointWithPast(living: EndpointStats, past: EndpointStats | undefined): EndpointStats {
  return past === undefined ? living : { ...living, ...sumPoolStats([living, past]) }
}
