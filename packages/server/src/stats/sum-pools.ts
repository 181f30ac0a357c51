import type { EndpointState, EndpointStats, PoolStats, UpstreamStats } from 'connpool'

import { groupBy } from './group-by.ts'
import { sumRecords } from './sum-records.ts'

/** From the worst on. One process that cannot reach an endpoint is something to look at. */
const STATES: readonly EndpointState[] = ['down', 'ejected', 'resting', 'draining', 'up']
const BREAKERS: readonly EndpointStats['breaker'][] = ['open', 'half-open', 'closed']

/** Adds up an upstream's numbers over processes; endpoints are put together by their text. */
export function sumUpstreamStats(parts: readonly [UpstreamStats, ...UpstreamStats[]]): UpstreamStats {
  const endpoints = groupBy(parts.flatMap(({ endpoints }) => endpoints.map((each) => [each.endpoint, each] as const)))
  return { ...sumPoolStats(parts), endpoints: [...endpoints.values()].map((each) => sumEndpointStats(each)) }
}

/**
 * Adds up one endpoint's numbers over processes. Each process judges by itself: `state` and `breaker` are the worst of them,
 * `weight` and `failureRatio` the mean, `latencyMs` the mean by leases.
 */
export function sumEndpointStats(parts: readonly [EndpointStats, ...EndpointStats[]]): EndpointStats {
  const [first] = parts
  const latencyMs = meanLatencyMs(parts)
  return {
    ...sumPoolStats(parts),
    endpoint: first.endpoint,
    state:
      worst(
        STATES,
        parts.map(({ state }) => state),
      ) ?? first.state,
    breaker:
      worst(
        BREAKERS,
        parts.map(({ breaker }) => breaker),
      ) ?? first.breaker,
    weight: mean(parts.map(({ weight }) => weight)),
    priority: first.priority,
    ...(first.zone !== undefined && { zone: first.zone }),
    ...(latencyMs !== undefined && { latencyMs }),
    failureRatio: mean(parts.map(({ failureRatio }) => failureRatio)),
  }
}

/** Adds up what any pool counts. */
export function sumPoolStats(parts: readonly PoolStats[]): PoolStats {
  const numbers = parts.map((part) => numbersOf(part))
  return { ...(sumRecords(numbers) as Omit<PoolStats, 'closed'>), closed: closedOf(parts) }
}

function closedOf(parts: readonly PoolStats[]): PoolStats['closed'] {
  return sumRecords(parts.map(({ closed }) => closed)) as PoolStats['closed']
}

function numbersOf(stats: PoolStats): Omit<PoolStats, 'closed'> {
  const { total, idle, leased, probing, dialing, closing, waiting, minSize, maxSize } = stats
  const { hits, misses, timeouts, acquired, released, discarded, lateReleases } = stats
  const { dials, dialFailures, probes, probesPassed, probeFailures } = stats
  return {
    ...{ total, idle, leased, probing, dialing, closing, waiting, minSize, maxSize },
    ...{ hits, misses, timeouts, acquired, released, discarded, lateReleases },
    ...{ dials, dialFailures, probes, probesPassed, probeFailures },
  }
}

function worst<T>(fromTheWorst: readonly T[], found: readonly T[]): T | undefined {
  return fromTheWorst.find((each) => found.includes(each))
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length
}

function meanLatencyMs(parts: readonly EndpointStats[]): number | undefined {
  const known = parts.flatMap(({ latencyMs, acquired }) => (latencyMs === undefined ? [] : [{ latencyMs, acquired }]))
  const leases = known.reduce((sum, { acquired }) => sum + acquired, 0)
  if (leases === 0) return undefined
  return known.reduce((sum, { latencyMs, acquired }) => sum + latencyMs * acquired, 0) / leases
}
