/** The tests that look for planted bugs, by short names. */

import { SERVER_TESTS } from './server-tests.mjs'

const POOL = 'packages/connpool/src/pool'
const BALANCE = 'packages/connpool/src/upstream/balance'
const TEST = 'packages/connpool/test'

/** @type {Readonly<Record<string, string>>} */
export const TESTS = {
  pool: `${POOL}/pool.test.ts`,
  serving: `${POOL}/pool-machine.serving.test.ts`,
  dialing: `${POOL}/pool-machine.dialing.test.ts`,
  failing: `${POOL}/pool-machine.failing.test.ts`,
  time: `${POOL}/pool-machine.time.test.ts`,
  examining: `${POOL}/pool-machine.examining.test.ts`,
  owner: `${POOL}/pool-machine.owner.test.ts`,
  guards: `${POOL}/pool-machine.guards.test.ts`,
  ring: `${POOL}/ring.test.ts`,
  queue: `${POOL}/waiter-queue.test.ts`,
  heap: `${POOL}/deadline-heap.test.ts`,
  idle: `${POOL}/idle-list.test.ts`,
  pacer: `${POOL}/dial-pacer.test.ts`,
  alarm: `${POOL}/alarm.test.ts`,
  abort: `${POOL}/abort-group.test.ts`,
  lazyAbort: 'packages/connpool/src/dial/lazy-abort.test.ts',
  warm: `${POOL}/warm-ups.test.ts`,
  decisions: `${POOL}/decisions.test.ts`,
  observation: `${POOL}/observation.test.ts`,
  transitions: `${POOL}/transitions.test.ts`,
  lease: `${POOL}/lease.test.ts`,
  breaker: 'packages/connpool/src/breaker/breaker-machine.test.ts',
  window: 'packages/connpool/src/breaker/failure-window.test.ts',
  isolation: `${POOL}/pool-breaker.test.ts`,
  legality: 'packages/connpool/src/breaker/breaker-machine.exhaustive.test.ts',
  outlier: 'packages/connpool/src/upstream/outlier-machine.test.ts',
  slow: 'packages/connpool/src/upstream/slow-start.test.ts',
  panic: 'packages/connpool/src/upstream/panic.test.ts',
  histogram: 'packages/connpool/src/metrics/histogram.test.ts',
  nestedUse: 'packages/connpool/src/affinity/nested-use.test.ts',
  nestedReports: 'packages/connpool/src/affinity/nested-reports.test.ts',
  nestedAcquire: `${TEST}/nested-acquire.test.ts`,
  pinned: 'packages/connpool/src/affinity/pinned.test.ts',
  manager: 'packages/connpool/src/manager/pool-manager.test.ts',
  shares: 'packages/connpool/src/manager/fair-shares.test.ts',
  identity: 'packages/connpool/src/endpoint/identity.test.ts',
  dns: 'packages/connpool/src/upstream/discovery/dns-discovery.test.ts',
  read: 'packages/connpool/src/upstream/discovery/read-endpoints.test.ts',
  sources: 'packages/connpool/src/upstream/discovery/watch-endpoints.test.ts',
  twoChoices: `${BALANCE}/two-choices.test.ts`,
  weightedDraw: `${BALANCE}/weighted-draw.test.ts`,
  random: `${BALANCE}/random.test.ts`,
  roundRobin: `${BALANCE}/round-robin.test.ts`,
  phases: `${BALANCE}/phases.test.ts`,
  leastLeased: `${BALANCE}/least-leased.test.ts`,
  rankHeap: `${BALANCE}/rank-heap.test.ts`,
  rendezvous: `${BALANCE}/rendezvous.test.ts`,
  failover: `${BALANCE}/failover.test.ts`,
  policies: `${BALANCE}/policies.test.ts`,
  trackRecord: `${BALANCE}/track-record.test.ts`,
  source: `${TEST}/connection-source.test.ts`,
  placing: `${TEST}/upstream/placing.test.ts`,
  going: `${TEST}/upstream/coming-and-going.test.ts`,
  tiers: `${TEST}/upstream/tiers.test.ts`,
  affinity: `${TEST}/upstream/affinity.test.ts`,
  warming: `${TEST}/upstream/warming.test.ts`,
  standing: `${TEST}/upstream/standing.test.ts`,
  slots: 'packages/connpool/src/upstream/slots.test.ts',
  upstreamShares: `${TEST}/upstream/shares.test.ts`,
  upstreamObservation: `${TEST}/upstream/observation.test.ts`,
  favourites: 'packages/connpool/src/upstream/favourites.test.ts',
  upstreamRefusals: `${TEST}/upstream/refusals.test.ts`,
  upstreamBugs: `${TEST}/upstream/bugs.test.ts`,
  upstreamOptions: `${TEST}/upstream/options.test.ts`,
  upstreamLives: `${TEST}/upstream/lives.test.ts`,
  exhaustive: `${POOL}/pool-machine.exhaustive.test.ts`,
  lives: `${POOL}/pool-machine.simulation.test.ts`,
  simulation: `${TEST}/simulation/pool.test.ts`,
  ...SERVER_TESTS,
}

/** All of them, the quick ones first. */
export const ALL_TESTS = Object.keys(TESTS)

/** Less than usual, but enough. */
export const ENVIRONMENT = {
  EXHAUSTIVE_DEPTH: '6',
  MACHINE_SEEDS: '300',
  SIMULATION_SEEDS: '100',
}
