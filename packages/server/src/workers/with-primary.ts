import type { RefusalReason } from '../refusal.ts'
import type { DispatchStats, ServerState, ServerStats } from '../server-stats.ts'
import { mapValues } from '../stats/map-values.ts'
import { sumRecords } from '../stats/sum-records.ts'

/** What the primary knows and its workers do not. */
export interface PrimaryNumbers {
  readonly state: ServerState
  /** Undefined: it accepts nobody. */
  readonly dispatch: DispatchStats | undefined
  readonly workerRestarts: number
  /** How many processes there have been before the present one. */
  restartsOf(place: number): number
  /** How many connections all workers may have together. Undefined: the upstream is about to go. */
  limitOf(upstream: string): number | undefined
  /** Those that it has refused itself. */
  refused(listener: string): Readonly<Partial<Record<RefusalReason, number>>>
}

/** The workers' sum with the primary's own numbers. */
export function withPrimary(sum: ServerStats, primary: PrimaryNumbers): ServerStats {
  return {
    ...sum,
    state: primary.state,
    listeners: mapValues(sum.listeners, (listener, name) => ({
      ...listener,
      refused: sumRecords([listener.refused, primary.refused(name)]),
    })),
    upstreams: mapValues(sum.upstreams, (upstream, name) => {
      // The sum of shares that are on their way from one worker to another may be more.
      const maxSize = primary.limitOf(name) ?? upstream.pool.maxSize
      return { ...upstream, pool: { ...upstream.pool, maxSize } }
    }),
    workers: sum.workers.map((worker) => ({ ...worker, restarts: primary.restartsOf(worker.id) })),
    dispatch: primary.dispatch ?? { ...sum.dispatch, workerRestarts: primary.workerRestarts },
  }
}
