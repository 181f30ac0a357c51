import type { PoolStats } from '../metrics/stats.ts'
import type { PoolMachine } from './pool-machine.ts'

/** The numbers of a pool, as its users see them. What is not counted on the way follows from what is. */
export function statsOf<C>(machine: PoolMachine<C>): PoolStats {
  const { counts, roster, waiting, minSize, maxSize } = machine
  const { total, leased, probing, dialing, closing } = roster
  const {
    misses,
    timeouts,
    released,
    discarded,
    lateReleases,
    dials,
    dialFailures,
    probes,
    probesPassed,
    probeFailures,
  } = counts
  const acquired = leased + released + discarded + counts.endedOtherwise + counts.lost
  return {
    total,
    idle: roster.idle.length,
    leased,
    probing,
    dialing,
    closing,
    waiting,
    minSize,
    maxSize,
    hits: acquired - misses,
    misses,
    timeouts,
    acquired,
    released,
    discarded,
    lateReleases,
    dials,
    dialFailures,
    probes,
    probesPassed,
    probeFailures,
    closed: { ...counts.closed },
  }
}
