/**
 * One life of a pool, decided by one integer: chaos, then the faults stop (heal), then nobody wants anything (quiesce),
 * then the end. The invariants are looked at after every event.
 */
import { nextTurn } from './turns.ts'
import { ACTIONS, drawAction, resume } from './actions.ts'
import { Callers } from './callers.ts'
import { checkEverything } from './checks.ts'
import { checkEnding, checkNothingLeft, closePool } from './ending.ts'
import { Escapes } from './escapes.ts'
import type { MakePool } from './pool-under-test.ts'
import type { Situations } from './situations.ts'
import { must } from './violation.ts'
import { World } from './world.ts'

export interface LifeReport {
  readonly seed: number
  readonly events: number
  readonly situations: Situations
  /** Differs when anything in the story does. */
  readonly hash: string
  readonly failure: { readonly error: Error; readonly story: readonly string[] } | undefined
}

const STORY_LENGTH = 40
const MOST_EVENTS_AT_ONE_TIME = 2_000

export async function live(seed: number, makePool: MakePool): Promise<LifeReport> {
  using escapes = new Escapes()
  const world = new World(seed, makePool)
  const life = new Life(world, escapes)
  let failure: LifeReport['failure']
  try {
    await life.run()
  } catch (error) {
    const asError = error instanceof Error ? error : new Error(String(error))
    failure = { error: asError, story: world.story.last(STORY_LENGTH) }
    await nextTurn()
  }
  return { seed, events: life.events, situations: world.situations, hash: world.story.hash, failure }
}

class Life {
  events = 0
  #eventsHere = 0
  #lastMoment = 0
  readonly #world: World
  readonly #callers: Callers
  readonly #escapes: Escapes

  constructor(world: World, escapes: Escapes) {
    this.#world = world
    this.#escapes = escapes
    this.#callers = new Callers(world)
    world.callFromObserver = () => this.#callers.ask(world.random.pick(['acquire', 'try']), 'observer')
  }

  async run(): Promise<void> {
    await this.#chaos()
    if (!this.#world.isEnding) await this.#heal()
    if (!this.#world.isEnding) await this.#quiesce()
    await this.#end()
  }

  async #chaos(): Promise<void> {
    const world = this.#world
    for (let step = 0; step < world.plan.steps; step++) {
      const burst = world.random.pick([1, 1, 1, 2, 3])
      for (let count = 0; count < burst; count++) {
        ACTIONS[drawAction(world)](world, this.#callers)
        world.isAsSeen = false
        await this.#betweenActions()
      }
      await this.#pass(world.idleMs + world.random.whole(0, world.plan.pauseMs))
      world.idleMs = 0
    }
  }

  /** Actions of one step follow each other in the same turn, or a microtask or a turn later. */
  async #betweenActions(): Promise<void> {
    const gap = this.#world.random.pick(['none', 'none', 'microtask', 'turn'])
    if (gap === 'microtask') await Promise.resolve()
    // The turn after a stall is the one in which what has come is delivered; that is for the clock to do.
    if (gap === 'turn' && !this.#world.hasJustStalled) await nextTurn()
  }

  /** L1: once the faults have stopped, everybody is served within a bound, and the pool gets back to its least size. */
  async #heal(): Promise<void> {
    const world = this.#world
    world.tell('the faults stop')
    world.isCalm = true
    resume(world)
    world.server.heal()
    world.server.thaw()
    world.server.restart()
    world.server.latency = { leastMs: 1, mostMs: 1 }
    world.isServerBusy = false
    const boundMs = worstWaitMs(world)
    await this.#until(boundMs, () => world.ledger.waiting.size === 0)
    must(
      'L1',
      world.ledger.waiting.size === 0,
      () => `${world.ledger.waiting.size} callers still wait ${boundMs} ms after the faults stopped`,
    )
    await this.#serveAgain(boundMs)
    await this.#until(boundMs, () => world.ledger.held.size === 0 && presentIn(world) >= world.minSize)
    const present = presentIn(world)
    must(
      'L1',
      present >= world.minSize,
      () => `${present} connections, not ${world.minSize}, ${boundMs} ms after the faults stopped`,
    )
    if (world.minSize > 0) world.met('the pool is back at its least size after a loss')
  }

  /** Somebody asks alone, with nobody else to set things in motion; only a breaker may send him away for a while. */
  async #serveAgain(boundMs: number): Promise<void> {
    const world = this.#world
    const until = world.now + boundMs
    const { totals } = world.ledger
    for (const { acquired } = totals; totals.acquired === acquired;) {
      const isAnswered = this.#askAlone()
      await this.#until(until - world.now, isAnswered)
      const isInTime = isAnswered() && world.now < until
      must('L1', isInTime, () => `nobody is served ${boundMs} ms after the faults stopped`)
      await this.#pass(totals.acquired === acquired ? 50 : 0)
    }
  }

  /** Asks, and answers whether that has come to an end. */
  #askAlone(): () => boolean {
    const open = new Set(['asked'])
    this.#callers
      .askPatiently()
      .catch((error: unknown) => this.#world.fail(error))
      .finally(() => open.clear())
      .catch((error: unknown) => this.#world.fail(error))
    return () => open.size === 0
  }

  /** L5: a pool that nobody uses does next to nothing. */
  async #quiesce(): Promise<void> {
    const world = this.#world
    world.tell('nobody wants anything any more')
    const { dials } = world.ledger.totals
    const windowMs = 1_000
    await this.#pass(windowMs)
    const opened = world.ledger.totals.dials - dials
    const most = mostRenewals(world, windowMs)
    must(
      'L5',
      opened <= most,
      () => `${opened} dials in ${windowMs} ms though nobody wanted a connection, at most ${most} expected`,
    )
    must('L5', world.pool.stats().leased === 0, () => 'something is leased though nobody has it')
    await this.#serveAgain(worstWaitMs(world))
  }

  async #end(): Promise<void> {
    const world = this.#world
    if (!world.isEnding) closePool(world, world.random.pick([0, 100, 10_000]))
    else if (world.ending?.graceEndsAt === Infinity) closePool(world, 0)
    await this.#until(60_000, () => world.ending?.isOver === true)
    must('L2', world.ending?.isOver === true, () => 'the pool never closes')
    must('S19', world.ledger.waiting.size === 0, () => 'somebody still waits for a pool that is closed')
    world.isCalm = true
    await this.#pass(500)
    checkNothingLeft(world)
  }

  async #until(boundMs: number, isDone: () => boolean): Promise<void> {
    const until = this.#world.now + boundMs
    while (!isDone() && this.#world.now < until) await this.#pass(Math.min(20, until - this.#world.now))
  }

  /** Time passes, event by event, with a look at everything after each. */
  async #pass(ms: number): Promise<void> {
    const { clock } = this.#world.simulation
    const until = this.#world.now + ms
    this.#world.isAsSeen = false
    await clock.settle()
    await this.#look()
    while ((clock.nextAt ?? Infinity) <= until) {
      this.#world.isAsSeen = false
      await clock.step()
      this.#mustMoveOn()
      await this.#look()
    }
    await clock.advanceTo(until)
  }

  /** L5: a pool that is busy without end at one moment would take a real process's whole time. */
  #mustMoveOn(): void {
    const { now } = this.#world
    this.#eventsHere = now === this.#lastMoment ? this.#eventsHere + 1 : 0
    this.#lastMoment = now
    must('L5', this.#eventsHere < MOST_EVENTS_AT_ONE_TIME, () => `${this.#eventsHere} events, and time stands still`)
  }

  async #look(): Promise<void> {
    const world = this.#world
    this.events++
    await this.#examinationsEnd()
    world.throwFailure()
    this.#mustNotEscape()
    checkEverything(world)
    checkEnding(world)
    this.#callers.mustHaveLeftSignals()
    world.isAsSeen = true
  }

  /** A check of one poll turn may follow another; what the pool says meanwhile is true, but not for long. */
  async #examinationsEnd(): Promise<void> {
    const { pool, simulation } = this.#world
    for (let round = 0; round < 10 && pool.stats().probing > 0; round++) await simulation.clock.settle()
  }

  #mustNotEscape(): void {
    const escaped = this.#escapes.take()
    must('S15', escaped.length === 0, () => `something escaped: ${escaped.join('\n')}`)
    this.#world.reported += this.#escapes.takeReports().observer
    const { observerThrows } = this.#world.ledger.totals
    must(
      'S15',
      this.#world.reported === observerThrows,
      () => `${observerThrows} throws of the observer, ${this.#world.reported} reports`,
    )
  }
}

/** Until then a caller has been served once all faults have stopped, with every time-out met and every retry missed. */
function worstWaitMs(world: World): number {
  const { options, dialTimeoutMs, closeTimeoutMs } = world.plan
  const breaker = options.breaker === false || options.breaker === undefined ? undefined : options.breaker
  const examinations = (options.probeTimeoutMs ?? 0) + (options.resetTimeoutMs ?? 0)
  const wait = dialTimeoutMs + closeTimeoutMs + examinations + (options.backoff?.maxMs ?? 0) + (breaker?.maxOpenMs ?? 0)
  return 2 * wait + 1_000
}

function presentIn(world: World): number {
  const { total, dialing, closing } = world.pool.stats()
  return total + dialing + closing
}

/** How many connections may have to be replaced for their age in so much time. */
function mostRenewals(world: World, windowMs: number): number {
  const { maxLifetimeMs = Infinity, lifetimeJitterRatio = 0 } = world.plan.options
  const shortestMs = maxLifetimeMs * (1 - lifetimeJitterRatio)
  return world.maxSize * (2 + Math.ceil(windowMs / Math.max(1, shortestMs)))
}
