/** Why a connection was closed. A closed set: metrics and logs use the same words. */
export type CloseReason =
  | 'idle-timeout'
  | 'lifetime'
  | 'max-uses'
  | 'probe-failed'
  | 'idle-data'
  | 'peer-closed'
  | 'socket-error'
  | 'dirty'
  | 'discarded'
  | 'dropped'
  | 'taken-back'
  | 'reset-failed'
  | 'cleared'
  | 'shrunk'
  | 'pool-closed'

/** A pool's numbers at one moment: plain numbers, cheap to take, a copy that does not change afterwards. */
export interface PoolStats {
  /** Open connections: `idle + leased + probing`. */
  total: number
  /** Open, healthy as far as known, in nobody's hands. */
  idle: number
  /** Lent to a caller. */
  leased: number
  /** Being examined: probed, checked before lending, or reset after a release. */
  probing: number
  /** Being opened; they count against `maxSize`. */
  dialing: number
  /** Being closed; they count against `maxSize` until the socket is gone. */
  closing: number
  /** Unanswered acquires. */
  waiting: number
  minSize: number
  maxSize: number
  /** Leases given on a connection that was open already. */
  hits: number
  /** Leases given on a connection dialed for a waiting caller. */
  misses: number
  /** Acquires that gave up waiting: their deadline passed. */
  timeouts: number
  /** Leases given. */
  acquired: number
  /** Leases that ended by `release()`. */
  released: number
  /** Leases that ended by `discard()`, by disposal without release, or because `use()`'s work threw. */
  discarded: number
  /** `release()` or `discard()` on a lease that had ended before: a bug in the caller, without effect. */
  lateReleases: number
  /** Dials started. */
  dials: number
  /** Dials that failed, timed out or were given up. */
  dialFailures: number
  /** Probes started. */
  probes: number
  /** Probes that found a connection healthy. Others were never answered: the connection ended, or the pool, before they did. */
  probesPassed: number
  /** Probes that found a connection unhealthy, failed or timed out. */
  probeFailures: number
  /** How many connections were closed, by reason. */
  closed: Record<CloseReason, number>
}
