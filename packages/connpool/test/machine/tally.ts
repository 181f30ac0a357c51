import type { CloseReason } from '../../src/metrics/stats.ts'
import { Counts } from '../../src/pool/counts.ts'

/** What the effects told, in numbers. */
export class Tally {
  acquired = 0
  misses = 0
  timeouts = 0
  released = 0
  discarded = 0
  endedOtherwise = 0
  dials = 0
  dialFailures = 0
  probes = 0
  probesPassed = 0
  probeFailures = 0
  readonly closed: Record<CloseReason, number> = new Counts().closed
}
