import type { BreakerState } from '../breaker/breaker-rule.ts'
import type { PoolStats } from '../metrics/stats.ts'
import type { EndpointPool } from './endpoint-pool.ts'
import type { Standing } from './member.ts'
import { addStats, emptyStats } from './sum-stats.ts'
import type { UpstreamWires } from './upstream-wires.ts'

/**
 * How an endpoint stands. `up`: it is given callers. `resting`: its last dial failed, it is tried again soon. `ejected`: it
 * has failed those who used it. `down`: its breaker is open or half-open, or its pool has stopped for a bug of its own.
 * `draining`: it was taken out, and some connections are left.
 */
export type EndpointState = Standing | 'draining'

/** One endpoint's numbers at one moment. */
export interface EndpointStats extends PoolStats {
  /** The endpoint as text. */
  readonly endpoint: string
  readonly state: EndpointState
  readonly breaker: BreakerState
  /** Its weight now: less than the configured one during its slow start. */
  readonly weight: number
  readonly priority: number
  readonly zone?: string
  /** How long leases that ended well have lasted of late; undefined before the first. */
  readonly latencyMs?: number
  /** The share of recent leases and dials that failed, from 0 to 1. */
  readonly failureRatio: number
}

/** The numbers of all endpoints together, those that were taken out included, and of each. */
export interface UpstreamStats extends PoolStats {
  readonly endpoints: readonly EndpointStats[]
}

/**
 * Sums up. Who waits is counted once, here: in an endpoint's own numbers `waiting` is how many stand in line for it.
 */
export function upstreamStatsOf<C>(wires: UpstreamWires<C>): UpstreamStats {
  const { endpoints, machine, slots } = wires
  const sum = emptyStats()
  addStats(sum, endpoints.past)
  const now = wires.clock.now()
  const each = [
    ...endpoints.used.map((member) => statsOfEndpoint(member, member.standingAt(now), now)),
    ...[...endpoints.draining].map((member) => statsOfEndpoint(member, 'draining', now)),
  ]
  for (const stats of each) addStats(sum, stats)
  sum.waiting = machine.waiting
  sum.timeouts = machine.timeouts
  sum.minSize = sumOf(endpoints.used, ({ wires: { machine: pool } }) => pool.minSize)
  sum.maxSize = Math.min(
    slots.limit,
    sumOf(endpoints.used, ({ maxSize }) => maxSize),
  )
  return { ...sum, endpoints: each }
}

/**
 * Asks: will whoever has queued last be served only when a lease ends? As of a pool: all connections that nobody holds,
 * those that could still be opened among them, are spoken for.
 */
export function isLastLeftToHoldersOf<C>({ endpoints, slots, machine }: UpstreamWires<C>): boolean {
  const { used } = endpoints
  const reachable = sumOf(used, ({ hasRoom, size, maxSize }) => (hasRoom ? maxSize : Math.min(size, maxSize)))
  return sumOf(used, ({ leased }) => leased) + machine.waiting > Math.min(reachable, slots.limit)
}

function statsOfEndpoint<C>(member: EndpointPool<C>, state: EndpointState, now: number): EndpointStats {
  const { known } = member
  member.fade(now)
  return {
    ...member.wires.stats(),
    endpoint: member.endpoint,
    state,
    breaker: member.wires.machine.breakerState,
    weight: member.weight,
    priority: known.priority,
    ...(known.zone !== undefined && { zone: known.zone }),
    ...(member.latencyMs !== undefined && { latencyMs: member.latencyMs }),
    failureRatio: member.failureRatio,
  }
}

function sumOf<T>(items: readonly T[], valueOf: (item: T) => number): number {
  return items.reduce((sum, item) => sum + valueOf(item), 0)
}
