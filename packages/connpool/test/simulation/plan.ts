/**
 * Swarm configuration: every seed draws its own pool, server and habits. Leaving things out matters as much as putting
 * them in, since one fault may hide what another would show.
 */
import type { PoolOptions } from '../../src/index.ts'
import type { SeededRandom, SimulatedServerOptions, SimulatedSocket } from '../../src/testing.ts'
import { ACTION_NAMES, type ActionName } from './action-names.ts'

/** How often user code misbehaves, from 0 to 1. */
export interface FaultRates {
  readonly dial: number
  readonly onConnect: number
  readonly probe: number
  readonly reset: number
  readonly closeConnection: number
  readonly observer: number
  /** Callers who leave a connection as nobody should. */
  readonly caller: number
}

export interface Plan {
  readonly options: Omit<PoolOptions<SimulatedSocket>, 'dial' | 'clock' | 'random' | 'observer'>
  readonly minSize: number
  readonly maxSize: number
  readonly dialTimeoutMs: number
  readonly closeTimeoutMs: number
  readonly maxLeaseMs: number
  readonly acquireTimeoutMs: number
  readonly maxWaiting: number
  readonly failureThreshold: number | undefined
  readonly hasProbe: boolean
  readonly hasReset: boolean
  readonly hasOnConnect: boolean
  readonly hasCloseConnection: boolean
  readonly hasObserver: boolean
  /** Pinned work makes Node track async contexts, which is slow; few lives do it. */
  readonly mayPin: boolean
  readonly server: SimulatedServerOptions
  readonly faults: FaultRates
  readonly weights: readonly { readonly action: ActionName; readonly weight: number }[]
  readonly steps: number
  /** How long callers keep a connection, about. */
  readonly holdMs: number
  /** How long nothing is done between two steps, about. */
  readonly pauseMs: number
}

export function drawPlan(random: SeededRandom): Plan {
  const maxSize = random.pick([1, 1, 2, 2, 3, 4, 6])
  const sizes = { maxSize, minSize: random.chance(0.5) ? 0 : random.whole(0, maxSize) }
  const limits = {
    dialTimeoutMs: random.pick([30, 100, 400]),
    closeTimeoutMs: random.pick([20, 100, 300]),
    maxLeaseMs: random.chance(0.3) ? random.whole(20, 500) : Infinity,
    acquireTimeoutMs: random.pick([20, 100, 500, 2_000, Infinity]),
    maxWaiting: random.pick([0, 1, 3, 10, 10_000]),
    failureThreshold: random.chance(0.7) ? random.pick([1, 2, 5]) : undefined,
  }
  const has = {
    hasProbe: random.chance(0.5),
    hasReset: random.chance(0.3),
    hasOnConnect: random.chance(0.4),
    hasCloseConnection: random.chance(0.25),
    hasObserver: random.chance(0.6),
    mayPin: random.chance(0.06),
  }
  return {
    ...sizes,
    ...limits,
    ...has,
    options: { ...sizes, ...drawOptions(random, limits) },
    server: drawServer(random),
    faults: drawFaults(random),
    weights: drawWeights(random),
    steps: random.whole(15, 50),
    holdMs: random.pick([1, 5, 30, 200]),
    pauseMs: random.pick([0, 2, 10, 60]),
  }
}

type Limits = Pick<
  Plan,
  'dialTimeoutMs' | 'closeTimeoutMs' | 'maxLeaseMs' | 'acquireTimeoutMs' | 'maxWaiting' | 'failureThreshold'
>

function drawOptions(random: SeededRandom, limits: Limits): Plan['options'] {
  const { failureThreshold, ...same } = limits
  const openMs = random.pick([50, 200, 1_000])
  return {
    ...same,
    breaker: failureThreshold !== undefined && {
      failureThreshold,
      openMs,
      maxOpenMs: openMs * 4,
      halfOpenProbes: random.pick([1, 1, 2]),
    },
    backoff: { baseMs: random.pick([1, 20, 100]), maxMs: 500 },
    probeTimeoutMs: random.pick([20, 100, 300]),
    resetTimeoutMs: random.pick([20, 100]),
    probeAfterIdleMs: random.pick([0, 0, 20, 500]),
    probeIntervalMs: random.pick([50, 500, 5_000]),
    idleTimeoutMs: random.pick([30, 300, 5_000, Infinity]),
    maxLifetimeMs: random.pick([100, 1_000, 20_000, Infinity]),
    lifetimeJitterRatio: random.pick([0, 0.25, 0.9]),
    maxUses: random.pick([1, 3, Infinity, Infinity]),
    idleOrder: random.pick(['lifo', 'fifo']),
    leakWarnMs: random.chance(0.1) ? Math.min(random.whole(10, 200), limits.maxLeaseMs - 1) : Infinity,
    ...(random.chance(0.3) && { maxDialing: random.whole(1, 4) }),
  }
}

function drawServer(random: SeededRandom): SimulatedServerOptions {
  const leastMs = random.pick([0, 1, 5, 20])
  return {
    latencyMs: { leastMs, mostMs: leastMs + random.pick([0, 0, 3, 15]) },
    serviceMs: random.pick([0, 0, 2, 10]),
    fragmentRatio: random.pick([0, 0.3, 1]),
    windowBytes: random.pick([65_536, 64]),
    lingers: random.chance(0.1),
  }
}

function drawFaults(random: SeededRandom): FaultRates {
  const rate = (): number => random.pick([0, 0, 0.05, 0.2, 0.5])
  return {
    dial: rate(),
    onConnect: rate(),
    probe: rate(),
    reset: rate(),
    closeConnection: rate(),
    observer: rate(),
    caller: random.pick([0, 0.1, 0.3, 0.8]),
  }
}

function drawWeights(random: SeededRandom): Plan['weights'] {
  return ACTION_NAMES.map((action) => ({
    action,
    weight: action === 'acquire' ? 8 : random.chance(0.4) ? 0 : random.whole(1, 6) * usualWeight(action),
  }))
}

/** How usual the actions are, but for those at 0.5. Some end much of what is going on; often is too often. */
const USUAL_WEIGHTS: Partial<Record<ActionName, number>> = {
  use: 1.5,
  close: 0.03,
  destroy: 0.03,
  pause: 0.15,
  clear: 0.15,
  resize: 0.15,
  cut: 0.15,
  freeze: 0.15,
  kill: 0.15,
  ignore: 0.15,
  'idle long': 0.15,
  'wake up': 0.15,
}

function usualWeight(action: ActionName): number {
  return USUAL_WEIGHTS[action] ?? 0.5
}
