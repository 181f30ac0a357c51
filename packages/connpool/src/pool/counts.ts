import type { CloseReason } from '../metrics/stats.ts'

function noneClosed(): Record<CloseReason, number> {
  return {
    'idle-timeout': 0,
    lifetime: 0,
    'max-uses': 0,
    'probe-failed': 0,
    'idle-data': 0,
    'peer-closed': 0,
    'socket-error': 0,
    dirty: 0,
    discarded: 0,
    dropped: 0,
    'taken-back': 0,
    'reset-failed': 0,
    cleared: 0,
    shrunk: 0,
    'pool-closed': 0,
  }
}

/**
 * What has happened in a pool since it was made. What is frequent and follows from the rest is not counted:
 * `pool-stats.ts` knows how many leases were given from how many have ended.
 */
export class Counts {
  misses = 0
  timeouts = 0
  released = 0
  discarded = 0
  /** Leases that ended otherwise: taken back or detached. */
  endedOtherwise = 0
  /** Leases whose connection is gone and which their holders have not ended yet. */
  lost = 0
  lateReleases = 0
  dials = 0
  dialFailures = 0
  probes = 0
  probesPassed = 0
  probeFailures = 0
  readonly closed: Record<CloseReason, number> = noneClosed()
}
