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
    workers: sum.workers.map((worker) => ({ ...worker, restarts: primary.restartsOf(worker.id) })),
    dispatch: primary.dispatch ?? { ...sum.dispatch, workerRestarts: primary.workerRestarts },
  }
}
