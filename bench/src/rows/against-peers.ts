import type { AcquireReleaseJob } from '../loads/acquire-release.ts'
import type { Column, Target } from '../row.ts'
import { type Samples, valuesOf } from '../rounds.ts'
import { median, type Ratio, ratio } from '../statistics.ts'
import { rivals, type SubjectName } from '../subjects/subjects.ts'

/** The same acquire-release load for every subject. */
export function jobsForAll(shape: Omit<AcquireReleaseJob, 'load' | 'subject'>): Record<SubjectName, AcquireReleaseJob> {
  const jobFor = (subject: SubjectName): AcquireReleaseJob => ({ load: 'acquire-release', subject, ...shape })
  return {
    connpool: jobFor('connpool'),
    'generic-pool': jobFor('generic-pool'),
    tarn: jobFor('tarn'),
    'lightning-pool': jobFor('lightning-pool'),
    'pg-pool': jobFor('pg-pool'),
    reference: jobFor('reference'),
  }
}

/** CPU time counts V8's helper threads too, but not what the process lost to others on a busy machine. */
export const nsPerOperation: readonly Column[] = [
  { heading: 'ns per acquire + release', key: 'nsPerOperation', digits: 0 },
  { heading: 'ns of CPU time', key: 'cpuNsPerOperation', digits: 0 },
]

/** How many times as many operations connpool does in the same time. */
function speed(samples: Samples<SubjectName>, over: SubjectName, key: string): Ratio {
  return ratio(valuesOf(samples[over], key), valuesOf(samples.connpool, key))
}

/** What a speed row aims at: so many times the best rival, so much of the reference; and why, where it falls short. */
export interface SpeedAims {
  readonly bestRival: number
  readonly reference: number
  readonly whenMissed: string
}

/** The two targets of a speed row. */
export function speedTargets(
  where: string,
  samples: Samples<SubjectName>,
  { bestRival: ofBest, reference: ofReference, whenMissed }: SpeedAims,
): Target[] {
  const best = bestRival(samples)
  return [
    speedTarget(`${where}: speed over ${best}, the best peer`, samples, { over: best, atLeast: ofBest }),
    speedTarget(`${where}: speed over the reference`, samples, { over: 'reference', atLeast: ofReference }),
  ].map((target) => ({ ...target, whenMissed }))
}

function bestRival(samples: Samples<SubjectName>): SubjectName {
  const cost = (name: SubjectName): number => median(valuesOf(samples[name], 'nsPerOperation'))
  return rivals.reduce((best, name) => (cost(name) < cost(best) ? name : best))
}

function speedTarget(
  what: string,
  samples: Samples<SubjectName>,
  { over, atLeast }: { readonly over: SubjectName; readonly atLeast: number },
): Target {
  const measured = speed(samples, over, 'nsPerOperation')
  const byCpu = speed(samples, over, 'cpuNsPerOperation')
  return {
    what,
    target: `≥ ${atLeast} ×`,
    measured: `${printRatio(measured)}; by CPU time ${byCpu.ofMedians.toFixed(2)} ×`,
    isMet: measured.ofMedians >= atLeast,
  }
}

/** `3.82 × (3.61–4.02)` */
export function printRatio({ ofMedians, min, max }: Ratio): string {
  return `${ofMedians.toFixed(2)} × (${min.toFixed(2)}–${max.toFixed(2)})`
}
