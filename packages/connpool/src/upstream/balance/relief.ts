import type { BalancedEndpoint } from './balancer.ts'

/** Latencies, and penalties for failures, that differ by less than this factor differ by chance. */
const TOLERANCE = 2

/** What the event loop itself may add to a lease: of two that take less than this, none is the slow one. */
const LOOP_MS = 0.5

/** However much worse an endpoint is, it keeps one in a hundred of its callers: else nobody would see it recover. */
const WORST_RATIO = 100

/** How fast failures weigh: one in ten makes an endpoint count as 4 times worse, all as 121 times. */
const FAILURE_WEIGHT = 10

/**
 * What part of its callers an endpoint passes on to another, from 0 to 1; less than 0 stands for 0, more than 1 for 1.
 * `totalWeight` is that of all endpoints.
 *
 * Failures come last and scale what load and latency say, whatever these are: an endpoint that fails at once has no load,
 * and must not attract callers by that.
 */
export function reliefRatio(from: BalancedEndpoint, to: BalancedEndpoint, totalWeight: number): number {
  const costRatio = costRatioOf(from, to)
  const relief = costRatio === 1 ? reliefOfAlike(from, to, totalWeight) : reliefOfUnlike(from, to, costRatio)
  if (from.failureRatio === to.failureRatio) return relief
  const badness = bounded(tolerated(penaltyOf(from) / penaltyOf(to)))
  if (badness > 1) return 1 - (1 - Math.min(1, Math.max(0, relief))) / badness
  return Math.min(1, relief) * badness
}

/**
 * Between endpoints that are alike load alone decides: linear in its difference, so that the mean of what goes from one
 * to the other is what comes back exactly when both carry load in proportion to weight. A mere comparison is not: of two
 * with weights 1 and 3, and one lease, it would send the light one a third too many.
 *
 * The unit is one connection of the lighter: of two that weigh the same, one connection more decides. The last factor
 * makes up for the heavier being the second candidate more often than the lighter.
 */
function reliefOfAlike(from: BalancedEndpoint, to: BalancedEndpoint, totalWeight: number): number {
  if (from.weight === to.weight) return from.load - to.load
  const excess = from.load / from.weight - to.load / to.weight
  if (from.weight < to.weight) return excess * from.weight
  return (excess * to.weight * (totalWeight - from.weight)) / (totalWeight - to.weight)
}

/**
 * Between a slow one and a fast one each connection counts for what it costs. What the slow one keeps falls with the
 * third power of that cost: in proportion, one of five that takes ten times as long would keep four of a hundred callers,
 * and their 99th percentile would be its latency. A little it does keep, less the more it is loaded: it stays in use, and
 * is seen to become fast again.
 */
function reliefOfUnlike(from: BalancedEndpoint, to: BalancedEndpoint, costRatio: number): number {
  const unit = Math.min(from.weight, to.weight)
  const fromLoad = (from.load * unit) / from.weight + 1
  const toLoad = (to.load * unit) / to.weight + 1
  const kept = (toLoad / (fromLoad * costRatio)) ** 3
  return 1 - Math.max(kept, 1 / (WORST_RATIO * fromLoad))
}

/**
 * How many times more a connection to the one costs than to the other: the square of how many times slower it is, so
 * that it takes much load to make up for it. 1 where they are alike, or nothing is known of one of them.
 */
function costRatioOf({ latencyMs: one }: BalancedEndpoint, { latencyMs: other }: BalancedEndpoint): number {
  if (one === undefined || other === undefined || one === other) return 1
  return bounded(tolerated((one + LOOP_MS) / (other + LOOP_MS)) ** 2)
}

function tolerated(ratio: number): number {
  if (ratio > TOLERANCE) return ratio / TOLERANCE
  return ratio < 1 / TOLERANCE ? ratio * TOLERANCE : 1
}

function bounded(ratio: number): number {
  return Math.min(WORST_RATIO, Math.max(1 / WORST_RATIO, ratio))
}

function penaltyOf({ failureRatio }: BalancedEndpoint): number {
  return (1 + FAILURE_WEIGHT * failureRatio) ** 2
}
