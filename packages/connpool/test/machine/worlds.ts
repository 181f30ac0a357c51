import { DEFAULT_POOL_OPTIONS } from '../../src/pool/default-options.ts'
import type { PoolRules } from '../../src/pool/pool-rules.ts'
import type { EventName } from './events.ts'
import type { World } from './world.ts'
import { rulesWith } from './rules.ts'

/** So short that a few ticks lead through everything that time can do. */
const SHORT: Partial<PoolRules> = {
  maxSize: 1,
  maxWaiting: 2,
  dialTimeoutMs: 50,
  closeTimeoutMs: 20,
  probeTimeoutMs: 30,
  resetTimeoutMs: 30,
  idleTimeoutMs: 3_000,
  maxLifetimeMs: 6_000,
  backoff: { baseMs: 10, maxMs: 40 },
  breaker: { ...DEFAULT_POOL_OPTIONS.breaker, failureThreshold: 2, openMs: 100, maxOpenMs: 200 },
}

const SERVING: readonly EventName[] = ['acquire', 'dialed', 'release']
const FAILING: readonly EventName[] = ['dialFailed', 'releaseDirty', 'lost', 'closed']
const EXAMINING: readonly EventName[] = ['sound', 'unsound', 'closed']
const PROBED: Partial<PoolRules> = { hasProbe: true, probeAfterIdleMs: 0, probeIntervalMs: 500 }
const STREAMS: Partial<World> = { isStream: true }

function world(
  name: string,
  events: readonly EventName[],
  rules: Partial<PoolRules> = {},
  more: Partial<World> = {},
): World {
  return {
    name,
    events,
    rules: rulesWith({ ...SHORT, ...rules }),
    isStream: false,
    draw: 0.5,
    timeoutsMs: [300, 100, 200],
    mostWaiting: 3,
    stepMs: 0,
    graceMs: 150,
    depth: 7,
    depthWithEnd: 5,
    ...more,
  }
}

/** Each asks for another part of the rules; together they ask for all of them. */
export const WORLDS: readonly World[] = [
  world(
    'one connection and all that can go wrong with it',
    [...SERVING, ...FAILING, 'cancel', 'setupFailed', 'openedInVain', 'tick'],
    {},
    { depth: 8 },
  ),
  world('two connections and all that can go wrong with them', [...SERVING, ...FAILING, 'cancel', 'tick'], {
    maxSize: 2,
  }),
  world(
    'callers of one connection who leave',
    ['acquire', 'cancel', 'dialed', 'release', 'detach', 'tick', 'destroy'],
    {
      maxWaiting: 1,
    },
  ),
  world('an owner who changes his mind about one connection', [
    ...SERVING,
    ...(['lost', 'closed', 'tick', 'clear', 'pause', 'resume', 'drain', 'destroy'] as const),
  ]),
  world(
    'an owner who changes his mind about two connections',
    [...SERVING, 'closed', 'clear', 'grow', 'shrink', 'pause', 'resume', 'drain'],
    { maxSize: 2, minSize: 1 },
  ),
  world(
    'an owner who warms and shrinks',
    [...SERVING, 'dialFailed', 'closed', 'tick', 'warm', 'warmed', 'grow', 'shrink'],
    { maxSize: 2, maxLifetimeMs: 9_000 },
  ),
  world(
    'connections that are kept',
    ['dialed', 'dialFailed', 'lost', 'closed', 'acquire', 'release', 'tick', 'drain'],
    { maxSize: 2, minSize: 2 },
    { timeoutsMs: [Infinity] },
  ),
  world('a stalled loop', [...SERVING, 'dialFailed', 'openedInVain', 'closed', 'tick', 'lateTick', 'polled', 'drain'], {
    maxLeaseMs: 60,
    leakWarnMs: 40,
  }),
  world('a probe before every lease', [...SERVING, ...EXAMINING, 'lost', 'tick', 'cancel'], PROBED),
  world('a probe before every lease of two', [...SERVING, ...EXAMINING, 'tick', 'cancel', 'destroy'], {
    ...PROBED,
    maxSize: 2,
    minSize: 2,
  }),
  world('a probe now and then', [...SERVING, ...EXAMINING, 'tick', 'pause', 'resume', 'clear'], {
    ...PROBED,
    probeAfterIdleMs: 200,
    maxLifetimeMs: 600,
  }),
  world(
    'probes in the background',
    ['dialed', 'sound', 'tick', 'clear', 'closed'],
    { ...PROBED, maxSize: 2, minSize: 2, dialTimeoutMs: 2_000, closeTimeoutMs: 2_000, probeTimeoutMs: 2_000 },
    { depth: 9 },
  ),
  world(
    'three that are lent in turn, and probed',
    ['acquire', 'dialed', 'release', 'sound', 'tick'],
    { ...PROBED, idleOrder: 'fifo', maxSize: 3, minSize: 3, probeAfterIdleMs: 100 },
    { depth: 9, depthWithEnd: 7 },
  ),
  world('three that are lent in turn, and always probed', ['acquire', 'dialed', 'sound', 'release'], {
    ...PROBED,
    idleOrder: 'fifo',
    maxSize: 3,
    minSize: 3,
  }),
  world('a reset after every lease', [...SERVING, 'releaseWriting', ...EXAMINING, 'lost', 'tick', 'drain', 'clear'], {
    hasReset: true,
    maxUses: 2,
  }),
  world(
    'wires that can break unseen',
    [...SERVING, 'closed', 'sound', 'lost', 'break', 'time passes', 'turnEnds', 'tick', 'try'],
    { maxSize: 2 },
    STREAMS,
  ),
  world(
    'two wires that rest',
    ['acquire', 'dialed', 'sound', 'lost', 'break', 'time passes', 'try', 'cancel'],
    { maxSize: 2, minSize: 2 },
    STREAMS,
  ),
  world(
    'wires that are checked, then probed',
    [...SERVING, ...EXAMINING, 'time passes', 'turnEnds', 'tick', 'try', 'pause', 'resume'],
    { ...PROBED, probeAfterIdleMs: 1_500, probeIntervalMs: 2_000 },
    STREAMS,
  ),
  world(
    'an endpoint that goes down',
    [...SERVING, 'dialFailed', 'dialFailedHere', 'closed', 'blame', 'lost', 'tick'],
    { maxSize: 2 },
    { draw: 0 },
  ),
  world(
    'an endpoint that is tried again',
    ['acquire', 'dialed', 'dialFailed', 'cancel', 'tick', 'release'],
    { breaker: { ...DEFAULT_POOL_OPTIONS.breaker, failureThreshold: 1, openMs: 100, maxOpenMs: 200 } },
    { depth: 9 },
  ),
  world(
    'an endpoint that two dials try again',
    ['acquire', 'dialed', 'dialFailed', 'dialFailedHere', 'tick', 'release'],
    {
      maxSize: 3,
      breaker: { ...DEFAULT_POOL_OPTIONS.breaker, failureThreshold: 1, openMs: 100, halfOpenProbes: 2 },
    },
    { draw: 0 },
  ),
  world(
    'an endpoint whose failures are counted by share',
    [...SERVING, 'dialFailed', 'blame', 'closed', 'tick'],
    {
      maxSize: 2,
      breaker: { ...DEFAULT_POOL_OPTIONS.breaker, failureRatio: 0.5, minSamples: 2, openMs: 100 },
    },
    { draw: 0 },
  ),
  world(
    'an endpoint that is isolated',
    [...SERVING, 'dialFailed', 'isolate', 'endIsolation', 'tick', 'closed', 'drain'],
    { minSize: 1, maxSize: 2 },
    { draw: 0 },
  ),
  world('connections that grow old', [...SERVING, 'dialFailed', 'closed', 'tick', 'time passes'], {
    maxSize: 2,
    minSize: 1,
    maxLifetimeMs: 1_500,
    idleTimeoutMs: 2_000,
  }),
  world(
    'leases that last too long',
    [...SERVING, 'blame', 'closed', 'tick', 'drain', 'clear'],
    { maxLeaseMs: 60, leakWarnMs: 40, maxUses: 1 },
    { stepMs: 1 },
  ),
]
