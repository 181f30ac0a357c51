import type { SeededRandom } from '../../src/testing.ts'
import type { BalancePolicy } from '../../src/upstream/balance/policies.ts'

const POLICIES: readonly [BalancePolicy, ...BalancePolicy[]] = [
  'two-choices',
  'round-robin',
  'least-leased',
  'random',
  'rendezvous',
  'failover',
]

/** What the life of one seed is like. */
export interface Plan {
  readonly endpointCount: number
  readonly policy: BalancePolicy
  readonly weights: readonly number[]
  readonly maxSizeEach: number
  readonly maxSize: number
  readonly minSize: number
  readonly steps: number
  readonly hasOutliers: boolean
  readonly slowStartMs: number
  readonly maxWaiting: number
  /** Of a hundred callers so many have a key. */
  readonly keyed: number
  /** The endpoints come from a source that tells them anew, and flickers. */
  readonly isDiscovered: boolean
}

export function drawPlan(random: SeededRandom): Plan {
  const endpointCount = random.whole(1, 5)
  const maxSizeEach = random.whole(1, 4)
  const minSize = random.chance(0.3) ? 1 : 0
  const least = Math.max(1, endpointCount * minSize)
  return {
    endpointCount,
    policy: random.pick(POLICIES),
    weights: Array.from({ length: 8 }, () => (random.chance(0.5) ? 1 : random.whole(1, 5))),
    maxSizeEach,
    maxSize: random.chance(0.5) ? Infinity : random.whole(least, Math.max(least, endpointCount * maxSizeEach)),
    minSize,
    steps: random.whole(30, 150),
    hasOutliers: random.chance(0.5),
    slowStartMs: random.pick([0, 100, 10_000]),
    maxWaiting: random.chance(0.2) ? 3 : 10_000,
    keyed: random.pick([0, 0, 20, 60]),
    isDiscovered: random.chance(0.3),
  }
}
