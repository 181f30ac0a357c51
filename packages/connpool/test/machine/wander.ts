/** One long life by chance: any rules, any events. The seed tells all of it. */
import { DEFAULT_POOL_OPTIONS } from '../../src/pool/default-options.ts'
import type { PoolRules } from '../../src/pool/pool-rules.ts'
import { SeededRandom } from '../../src/testing/seeded-random.ts'
import { checkEverything } from './checks.ts'
import { EVENT_KINDS, type EventName } from './events.ts'
import { Life } from './life.ts'
import { rulesWith } from './rules.ts'
import { settleDown } from './settle-down.ts'
import type { World } from './world.ts'

export interface Wandering {
  readonly seed: number
  readonly events: number
  readonly story: readonly string[]
  readonly error: Error | undefined
}

const ENDS: ReadonlySet<EventName> = new Set(['drain', 'destroy'])
const GOES_ON: ReadonlySet<EventName> = new Set(['resume', 'endIsolation', 'warmed', 'closed', 'polled', 'sound'])
const NAMES = Object.keys(EVENT_KINDS) as EventName[]

export function wander(seed: number, most: number): Wandering {
  const random = new SeededRandom(seed)
  const world = drawWorld(random)
  const weights = new Map(NAMES.map((name) => [name, weightOf(name, random)]))
  const story: string[] = [describeRules(world)]
  const life = new Life(world)
  let events = 0
  try {
    for (; events < most && !life.account.isDrained; events++) {
      const step = drawStep(life, weights, random)
      if (step === undefined) break
      story.push(step.target === 0 ? step.name : `${step.name} ${step.target}`)
      life.account.begin()
      EVENT_KINDS[step.name].happen(life, step.target)
      checkEverything(life)
    }
    settleDown(life)
  } catch (error) {
    return { seed, events, story: [...story, ...life.epilogue], error: error as Error }
  }
  return { seed, events, story, error: undefined }
}

/** What ends much happens seldom; what ends little must happen now and then, or nothing goes on. */
function weightOf(name: EventName, random: SeededRandom): number {
  const share = random.pick([0, 0.3, 1, 3])
  if (ENDS.has(name)) return share * 0.01
  return GOES_ON.has(name) ? 0.3 + share : share
}

function drawStep(
  life: Life,
  weights: ReadonlyMap<EventName, number>,
  random: SeededRandom,
): { name: EventName; target: number } | undefined {
  const possible = NAMES.flatMap((name) => EVENT_KINDS[name].targets(life).map((target) => ({ name, target })))
  let draw = random.next() * possible.reduce((sum, { name }) => sum + (weights.get(name) ?? 0), 0)
  return possible.find(({ name }) => (draw -= weights.get(name) ?? 0) < 0)
}

function drawWorld(random: SeededRandom): World {
  const maxSize = random.whole(1, 5)
  return {
    name: 'by chance',
    rules: rulesWith(drawRules(random, maxSize)),
    isStream: random.chance(0.5),
    draw: random.pick([0, 0.5, 0.99]),
    timeoutsMs: random.pick([[300, 100, 200], [Infinity], [50], [0, 400, Infinity]]),
    mostWaiting: random.whole(1, 8),
    stepMs: random.pick([0, 1, 7]),
    graceMs: random.pick([0, 50, Infinity]),
    events: [],
    depth: 0,
    depthWithEnd: 0,
  }
}

function drawRules(random: SeededRandom, maxSize: number): Partial<PoolRules> {
  return {
    maxSize,
    minSize: random.whole(0, maxSize),
    maxWaiting: random.whole(0, 6),
    maxDialing: random.pick<PoolRules['maxDialing']>(['adaptive', 1, 3]),
    maxUses: random.pick([Infinity, 1, 3]),
    maxLifetimeMs: random.pick([Infinity, 600, 3_000]),
    maxLeaseMs: random.pick([Infinity, 60]),
    leakWarnMs: random.pick([Infinity, 40]),
    idleTimeoutMs: random.pick([Infinity, 100, 2_000]),
    idleOrder: random.pick(['lifo', 'fifo']),
    hasProbe: random.chance(0.5),
    hasReset: random.chance(0.3),
    probeAfterIdleMs: random.pick([0, 100, 1_500, Infinity]),
    probeIntervalMs: random.pick([Infinity, 80, 500]),
    probeTimeoutMs: 30,
    resetTimeoutMs: 25,
    closeTimeoutMs: 20,
    dialTimeoutMs: 50,
    backoff: { baseMs: 10, maxMs: 40 },
    breaker: random.pick([
      undefined,
      { ...DEFAULT_POOL_OPTIONS.breaker, failureThreshold: 1, openMs: 100, maxOpenMs: 200 },
      { ...DEFAULT_POOL_OPTIONS.breaker, failureThreshold: 3, openMs: 50, maxOpenMs: 200, halfOpenProbes: 2 },
      { ...DEFAULT_POOL_OPTIONS.breaker, failureRatio: 0.5, windowMs: 500, minSamples: 3, openMs: 100, maxOpenMs: 200 },
    ]),
  }
}

function describeRules({ rules, isStream, draw, stepMs, graceMs }: World): string {
  const all = { ...rules, isStream, draw, stepMs, graceMs }
  return Object.entries(all)
    .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(', ')
}
