import type {
  DispatchStats,
  ListenerStats,
  QueueStats,
  ServerState,
  ServerStats,
  UpstreamReport,
} from './server-stats.ts'
import { groupBy } from './stats/group-by.ts'
import { sumHistograms, sumPoolHistograms } from './stats/sum-histograms.ts'
import { sumUpstreamStats } from './stats/sum-pools.ts'
import { sumRecords, sumSameRecords } from './stats/sum-records.ts'

/** The first of these that any process is in is the server's: a drain is for all, and one that runs serves. */
const STATES: readonly ServerState[] = ['draining', 'running', 'starting']

/** Adds up the numbers of processes. Workers are listed one after the other; an upstream is paused if it is in any. */
export function sumServerStats(parts: readonly ServerStats[]): ServerStats {
  return {
    state: STATES.find((state) => parts.some((part) => part.state === state)) ?? 'stopped',
    listeners: sumByName(
      parts.map(({ listeners }) => listeners),
      sumListeners,
    ),
    upstreams: sumByName(
      parts.map(({ upstreams }) => upstreams),
      sumUpstreams,
    ),
    workers: parts.flatMap(({ workers }) => workers),
    dispatch: sumDispatch(parts.map(({ dispatch }) => dispatch)),
  }
}

function sumByName<T>(
  records: readonly Readonly<Record<string, T>>[],
  sum: (parts: readonly [T, ...T[]]) => T,
): Record<string, T> {
  const groups = groupBy(records.flatMap((record) => Object.entries(record)))
  return Object.fromEntries([...groups].map(([name, parts]) => [name, sum(parts)]))
}

function sumListeners(parts: readonly ListenerStats[]): ListenerStats {
  return {
    ...add(parts, ['sessions', 'bytesIn', 'bytesOut']),
    ended: sumRecords(parts.map(({ ended }) => ended)),
    requests: sumRecords(parts.map(({ requests }) => requests)),
    requestTime: sumHistograms(parts.map(({ requestTime }) => requestTime)),
    refused: sumRecords(parts.map(({ refused }) => refused)),
    queue: sumQueues(parts.map(({ queue }) => queue)),
  }
}

function sumQueues(parts: readonly QueueStats[]): QueueStats {
  return {
    ...add(parts, ['length', 'limit', 'overloaded']),
    waitTime: sumHistograms(parts.map(({ waitTime }) => waitTime)),
    dropped: sumSameRecords([{ full: 0, shed: 0, timeout: 0, gone: 0 }, ...parts.map(({ dropped }) => dropped)]),
  }
}

function sumUpstreams(parts: readonly [UpstreamReport, ...UpstreamReport[]]): UpstreamReport {
  const [first, ...rest] = parts
  return {
    isPaused: parts.some(({ isPaused }) => isPaused),
    pool: sumUpstreamStats([first.pool, ...rest.map(({ pool }) => pool)]),
    histograms: sumPoolHistograms(parts.map(({ histograms }) => histograms)),
    ...add(parts, ['retries']),
  }
}

function sumDispatch(parts: readonly DispatchStats[]): DispatchStats {
  return {
    ...add(parts, ['overflowLength', 'overflowLimit', 'steals', 'refused', 'workerRestarts']),
    overflowWaitTime: sumHistograms(parts.map(({ overflowWaitTime }) => overflowWaitTime)),
  }
}

function add<K extends string>(parts: readonly Readonly<Record<K, number>>[], names: readonly K[]): Record<K, number> {
  const sums = names.map((name) => [name, parts.reduce((sum, part) => sum + part[name], 0)])
  return Object.fromEntries(sums) as Record<K, number>
}
