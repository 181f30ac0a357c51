import type { PoolStats } from '../metrics/stats.ts'
import type { ManagedPool } from './managed-pool.ts'

/** The numbers of one pool of a manager. */
export interface ManagedPoolStats {
  /** The endpoint as text. Two pools have the same if their endpoints differ in TLS options only. */
  readonly endpoint: string
  readonly stats: PoolStats
}

/** A manager's numbers at one moment: a copy. Sums count the connections of dropped pools too, until they are gone. */
export interface PoolManagerStats {
  /** Every pool there is now, the one made first first. */
  readonly pools: readonly ManagedPoolStats[]
  /** Pools in which nobody has a connection or waits for one. */
  readonly idlePools: number
  /** Pools made so far. */
  readonly made: number
  /** Pools closed so far because they were idle. */
  readonly dropped: number
  /** Open connections: `idle + leased + probing`. */
  readonly total: number
  readonly idle: number
  readonly leased: number
  readonly probing: number
  readonly dialing: number
  readonly closing: number
  /** Unanswered acquires. */
  readonly waiting: number
  readonly maxPools: number
  readonly maxTotal: number
}

type Sums = Pick<PoolStats, 'total' | 'idle' | 'leased' | 'probing' | 'dialing' | 'closing' | 'waiting'>

export function sumOf<C>(pools: Iterable<ManagedPool<C>>): Sums {
  const sums: Sums = { total: 0, idle: 0, leased: 0, probing: 0, dialing: 0, closing: 0, waiting: 0 }
  for (const { pool } of pools) {
    const stats = pool.stats()
    for (const name of Object.keys(sums) as (keyof Sums)[]) sums[name] += stats[name]
  }
  return sums
}
