import { SeededRandom, Simulation, type SimulatedServer } from '../../src/testing.ts'
import { Ledger } from './ledger.ts'
import { drawPlan, type Plan } from './plan.ts'
import type { MakePool, PoolUnderTest } from './pool-under-test.ts'
import { hostileOptions } from './hooks.ts'
import { RecentMost } from './recent-most.ts'
import { Situations, type Situation } from './situations.ts'
import { Story } from './story.ts'
import { Violation, type Invariant } from './violation.ts'
import { Sightings } from './watching-observer.ts'

/** The attempt that would open the breaker waits for so many times the base of the backoff. */
const PATIENCE = 2.5

/** A stalled event loop: from when to when nothing was done. */
interface Stall {
  readonly from: number
  readonly to: number
  /** Whether everything had settled when it began; else an examination may have been going on. */
  readonly isFromRest: boolean
}

/** When the pool was told to end, and when it takes back what is still leased. */
interface Ending {
  readonly since: number
  readonly graceEndsAt: number
  /** Those who waited, and those who held a connection, when it began. */
  readonly refused: number
  readonly leased: number
  readonly cutBefore: number
  readonly isOver: boolean
}

/** Everything one life consists of. */
export class World {
  readonly plan: Plan
  /** Decides what is done. The network and the pool draw from sources of their own. */
  readonly random: SeededRandom
  readonly simulation: Simulation
  readonly server: SimulatedServer
  readonly story: Story
  readonly ledger: Ledger
  readonly situations = new Situations()
  readonly sightings = new Sightings()
  /** What an observer does that calls the pool. */
  callFromObserver: (() => void) | undefined = undefined
  readonly pool: PoolUnderTest
  /** The faults have stopped: user code and server behave, and holders let go. */
  isCalm = false
  pausedAt: number | undefined = undefined
  /** Nothing has happened since the last look. */
  isAsSeen = false
  /** The server or the network does not do its part in closing now. */
  isServerBusy = false
  ending: Ending | undefined = undefined
  /** When the end of the grace was first seen; a stall may delay that. */
  graceEndedAt: number | undefined = undefined
  /** When the pool last began to close what a dial had brought that was given up. */
  closedInVainAt = -Infinity
  minSize: number
  maxSize: number
  largestMaxSize: number
  /** More connections than `maxSize` while those of before a shrinking come back. */
  allowance: number
  /** For longer than packets are under way. */
  readonly occupiedLately = new RecentMost(200)
  /** Connections that `warm` and `ready` wait for. */
  readonly warming = new Map<symbol, number>()
  readonly stalls: Stall[] = []
  /** How many throws of the observer were reported. */
  reported = 0
  /** How long nothing is to be done after this step. */
  idleMs = 0
  #failure: { readonly error: unknown } | undefined

  constructor(seed: number, makePool: MakePool) {
    this.random = new SeededRandom(seed)
    this.plan = drawPlan(this.random)
    this.simulation = new Simulation({ seed: seed ^ 0x5bd1e995, turns: 6 })
    this.story = new Story(() => this.now)
    this.ledger = new Ledger(() => this.now, this.plan.failureThreshold ?? Infinity)
    this.server = this.simulation.listen(this.plan.server)
    this.minSize = this.plan.minSize
    this.maxSize = this.plan.maxSize
    this.largestMaxSize = this.maxSize
    this.allowance = this.maxSize
    this.pool = makePool({
      ...this.plan.options,
      ...hostileOptions(this),
      clock: this.simulation.clock,
      random: new SeededRandom(seed ^ 0x2545f491).next,
    })
  }

  get now(): number {
    return this.simulation.clock.now()
  }

  /** Whether nothing more is due at this very moment. */
  get isMomentOver(): boolean {
    return (this.simulation.clock.nextAt ?? Infinity) > this.now
  }

  /** A connection that has been closing for too long is cut off, and no longer takes up a place. */
  readonly hasLostPlace = (since: number): boolean => {
    const until = since + this.plan.closeTimeoutMs
    return this.now > until || (this.now === until && this.isMomentOver)
  }

  get isPaused(): boolean {
    return this.pausedAt !== undefined
  }

  /** Whether the pool has been paused for a while: what is seen now was not decided before. */
  get hasBeenPaused(): boolean {
    return this.pausedAt !== undefined && this.pausedAt < this.decidedAt
  }

  get isEnding(): boolean {
    return this.ending !== undefined
  }

  /** Whether dials may be held back because of what happened before. */
  get mayBeBackingOff(): boolean {
    const { lastTroubleAt, troubles, failuresInARow } = this.ledger
    const { baseMs = 0, maxMs = 0 } = this.plan.options.backoff ?? {}
    const longestMs = Math.max(
      Math.min(maxMs, baseMs * 2 ** (Math.max(troubles, failuresInARow) - 1)),
      PATIENCE * baseMs,
    )
    return this.now <= lastTroubleAt + longestMs || failuresInARow >= (this.plan.failureThreshold ?? Infinity)
  }

  tell(what: string): void {
    this.story.tell(what)
  }

  met(situation: Situation): void {
    this.situations.met(situation)
  }

  /** Something in the background went wrong; the life ends at the next look. */
  fail(error: unknown): void {
    this.#failure ??= { error }
  }

  /** Like `must`, where an exception would go to the pool. */
  readonly claim = (invariant: Invariant, holds: boolean, what: () => string): void => {
    if (!holds) this.fail(new Violation(invariant, what()))
  }

  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }

  /** Resolves after `ms` of simulated time, without a timer that the pool's could be taken for. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.simulation.clock.arriveAt(this.now + ms, resolve)
    })
  }

  /** The event loop is blocked for so long. */
  stall(ms: number): void {
    const before = this.stalls.at(-1)
    const { from, isFromRest } = before?.to === this.now ? before : { from: this.now, isFromRest: this.isAsSeen }
    this.stalls.push({ from, to: this.now + ms, isFromRest })
    this.simulation.clock.jump(ms, this.random.pick(['wakes', 'arrivals']))
  }

  /** When what is seen now may have been decided: a stall may lie between the two. */
  get decidedAt(): number {
    const last = this.stalls.at(-1)
    return last?.to === this.now ? last.from : this.now
  }

  get hasJustStalled(): boolean {
    return this.stalls.at(-1)?.to === this.now
  }

  /** Whether this process could not act at `time` because it was stalled until just now. */
  wasStalledAt(time: number): boolean {
    return this.stalls.some((stall) => stall.from < time && time <= stall.to && stall.to === this.now)
  }
}
