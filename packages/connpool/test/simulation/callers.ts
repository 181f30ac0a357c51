/** Those who use the pool: they ask, and what they do with a connection is up to `holders.ts`. */
import { getEventListeners } from 'node:events'

import type { AcquireOptions } from '../../src/index.ts'
import type { SimulatedSocket } from '../../src/testing.ts'
import type { Caller, CallerFacts, CallerKind } from './caller-record.ts'
import { beginLease, giveBack, hold, isEnded, noteTakenBack, type Holding } from './holders.ts'
import { inspectRefusal } from './inspect-refusal.ts'
import type { LeaseUnderTest } from './pool-under-test.ts'
import type { Tenancy } from './tenancy.ts'
import { must, Violation } from './violation.ts'
import type { World } from './world.ts'

/** Some work that throws, on purpose. */
class Mishap extends Error {
  override readonly name = 'Mishap'
}

export class Callers {
  readonly #world: World
  #shared = new AbortController()
  /** Signals of callers who have settled; the pool must have left them. */
  readonly #done: AbortSignal[] = []

  constructor(world: World) {
    this.#world = world
  }

  /** Somebody asks, in one of many ways. */
  ask(kind: CallerKind, from: 'outside' | 'observer' = 'outside'): void {
    const caller = this.#arrives(kind, this.#drawFacts(kind))
    caller.isFromObserver = from === 'observer'
    const options = optionsOf(caller)
    this.#world.tell(`${caller.name} asks (${kind}, ${caller.facts.timeoutMs} ms)`)
    void this.#go(caller, () => this.#start(caller, options))
  }

  /** Somebody asks who does nothing wrong and has all the time in the world; resolves when served and done. */
  async askPatiently(): Promise<void> {
    const caller = this.#arrives('use', { kind: 'use', timeoutMs: Infinity, controller: undefined, isShared: false })
    await this.#use(caller, { timeoutMs: Infinity })
  }

  abortOne(): void {
    const candidates = [...this.#world.ledger.waiting].filter(
      ({ facts }) => facts.controller !== undefined && !facts.isShared,
    )
    const [first, ...others] = candidates
    if (first !== undefined) this.#abort(this.#world.random.pick([first, ...others]))
  }

  abortTogether(): void {
    const leaving = [...this.#world.ledger.waiting].filter(({ facts }) => facts.isShared)
    for (const caller of leaving) caller.isAborted = true
    if (leaving.length > 2) this.#world.met('many callers leave by one signal')
    this.#world.tell(`${leaving.length} callers leave together`)
    this.#shared.abort(new Error('everybody leaves'))
    this.#done.push(this.#shared.signal)
    this.#shared = new AbortController()
  }

  /** A connection comes back in the very turn in which the caller who would get it leaves. */
  returnAndAbort(): void {
    const { ledger, random } = this.#world
    const tenancy = [...ledger.held].find((each) => each.caller.facts.kind === 'acquire' && !each.isBusy)
    const waiter = [...ledger.waiting].find(({ facts }) => facts.controller !== undefined && !facts.isShared)
    if (tenancy === undefined || waiter === undefined) return
    const returnFirst = random.chance(0.5)
    if (returnFirst) giveBack(this.#world, tenancy, 'release')
    this.#abort(waiter)
    if (!returnFirst) giveBack(this.#world, tenancy, 'release')
    if (returnFirst) this.#world.met('a caller is aborted in the turn in which it is served')
  }

  /** S14: nothing listens to a signal any more whose callers have all been answered. */
  mustHaveLeftSignals(): void {
    for (const signal of this.#done.splice(0)) {
      const count = getEventListeners(signal, 'abort').length
      must('S14', count === 0, () => `${count} listeners were left on the signal of a caller who has been answered`)
    }
    const isSharedInUse = [...this.#world.ledger.waiting].some(({ facts }) => facts.isShared)
    const shared = getEventListeners(this.#shared.signal, 'abort').length
    must('S14', isSharedInUse || shared === 0, () => `${shared} listeners were left on a shared signal`)
    must('S14', shared <= 1, () => `${shared} listeners are on one signal`)
  }

  #arrives(kind: CallerKind, facts: CallerFacts): Caller {
    const { ledger, pool, plan } = this.#world
    const caller = ledger.called({ ...facts, kind })
    const { waiting, total, maxSize } = pool.stats()
    caller.isQueueFull = waiting >= plan.maxWaiting + Math.max(0, maxSize - total)
    if (facts.controller?.signal.aborted === true) {
      caller.isAborted = true
      caller.wasAbortedBefore = true
    }
    return caller
  }

  #drawFacts(kind: CallerKind): CallerFacts {
    const { random, plan } = this.#world
    const isShared = random.chance(0.2)
    const own = random.chance(0.5) ? new AbortController() : undefined
    if (own !== undefined && random.chance(0.05)) own.abort(`caller left before asking`)
    const timeoutMs = random.chance(0.3) ? plan.acquireTimeoutMs : random.pick([0, 1, 10, 50, 300, Infinity])
    return { kind, timeoutMs, controller: isShared ? this.#shared : own, isShared }
  }

  #start(caller: Caller, options: AcquireOptions): Promise<void> {
    switch (caller.facts.kind) {
      case 'acquire':
        return this.#acquire(caller, options)
      case 'use':
        return this.#use(caller, options)
      case 'pin':
        return this.#pin(caller, options)
      case 'try':
        return this.#try(caller)
    }
  }

  async #acquire(caller: Caller, options: AcquireOptions): Promise<void> {
    let lease: LeaseUnderTest
    try {
      lease = await this.#world.pool.acquire(options)
    } catch (error) {
      return this.#refused(caller, error)
    }
    if (this.#isCut && isEnded(() => lease.connection)) return this.#servedTooLate(caller)
    const tenancy = this.#served(caller, lease)
    const ending = await hold(this.#world, tenancy)
    giveBack(this.#world, tenancy, ending)
  }

  async #use(caller: Caller, options: AcquireOptions): Promise<void> {
    let holding: Holding | undefined
    const work = async (connection: unknown, lease: LeaseUnderTest): Promise<string> => {
      const tenancy = this.#served(caller, lease)
      must(
        'S2',
        connection === lease.connection,
        () => `${caller.name} was given one connection and a lease of another`,
      )
      holding = { tenancy, ending: await hold(this.#world, tenancy), mishap: undefined }
      return this.#finishWork(holding)
    }
    try {
      const answer = await this.#world.pool.use(work, options)
      must('S16', answer === 'done', () => `use() answered ${answer}`)
    } catch (error) {
      if (error instanceof Violation) throw error
      if (holding === undefined) return this.#refused(caller, error)
      if (error !== holding.mishap) throw error
    }
    if (holding !== undefined) this.#reconcile(holding.tenancy)
  }

  /** The pool may have been destroyed in the moment between the end of the work and the pool's release after it. */
  #reconcile(tenancy: Tenancy): void {
    const { ending, ledger, pool, now } = this.#world
    if (ending?.since !== now || !this.#isCut) return
    const { released, discarded } = pool.stats()
    const wasTakenBack = released + discarded < ledger.totals.released + ledger.totals.discarded
    if (wasTakenBack) ledger.wasTakenBackInstead(tenancy)
  }

  /** The pool ends the lease when this returns or throws; it is written down now. */
  #finishWork(holding: Holding): string {
    const { tenancy, ending } = holding
    const world = this.#world
    noteTakenBack(world, tenancy)
    if (ending === 'throw') {
      world.met('work that throws discards its connection')
      if (tenancy.isOpenForHolder) world.ledger.returned(tenancy, 'discarded')
      holding.mishap = new Mishap('the work threw')
      throw holding.mishap
    }
    if (ending !== 'release') giveBack(world, tenancy, ending)
    else if (tenancy.isOpenForHolder) giveBack(world, tenancy, 'leave to the pool')
    return 'done'
  }

  async #pin(caller: Caller, options: AcquireOptions): Promise<void> {
    const work: { tenancy?: Tenancy } = {}
    try {
      await this.#world.pool.pinned(() => this.#workPinned(caller, work), options)
    } catch (error) {
      if (error instanceof Violation) throw error
      if (work.tenancy === undefined) this.#refused(caller, error)
      else if (!(error instanceof Mishap)) throw error
    }
  }

  /** A user inside the pin, and one nested in it. */
  async #workPinned(caller: Caller, work: { tenancy?: Tenancy }): Promise<void> {
    const { pool } = this.#world
    await pool.use(async (connection, lease) => {
      const tenancy = this.#served(caller, lease)
      work.tenancy = tenancy
      const ending = await hold(this.#world, tenancy, 'briefly')
      if (ending === 'release') await this.#workAgain(caller, connection)
      this.#finishWork({ tenancy, ending: ending === 'release' ? ending : 'throw', mishap: undefined })
    })
  }

  async #workAgain(caller: Caller, pinned: SimulatedSocket): Promise<void> {
    await this.#world.pool.use(async (connection) => {
      must('S2', connection === pinned, () => `${caller.name} was pinned to two connections`)
      this.#world.met('a pinned holder uses its connection twice')
      await this.#world.sleep(1)
    })
  }

  #try(caller: Caller): Promise<void> {
    const isThere = !caller.isFromObserver && this.#isSomethingThere()
    let lease: LeaseUnderTest | undefined
    try {
      lease = this.#world.pool.tryAcquire()
    } catch (error) {
      this.#refused(caller, error)
      return Promise.resolve()
    }
    if (lease === undefined) {
      must('S10', !isThere, () => `${caller.name} was not given a connection that nobody has`)
      this.#world.ledger.refused(caller)
      return Promise.resolve()
    }
    const tenancy = this.#served(caller, lease)
    return hold(this.#world, tenancy).then((ending) => giveBack(this.#world, tenancy, ending))
  }

  /** Whether a connection idles that needs no probe, that nobody waits for, and that has just been seen to be sound. */
  #isSomethingThere(): boolean {
    const { plan, ledger, now, isAsSeen, isPaused, isEnding, hasLostPlace } = this.#world
    if (!isAsSeen || isPaused || isEnding || plan.hasProbe || ledger.waiting.size > 1) return false
    const { maxLifetimeMs = Infinity } = plan.options
    return [...ledger.present].some((record) => {
      const isYoung = now - (record.readyAt ?? now) < maxLifetimeMs * (1 - (plan.options.lifetimeJitterRatio ?? 0))
      return isYoung && record.standing(hasLostPlace, now) === 'idle'
    })
  }

  #served(caller: Caller, lease: LeaseUnderTest): Tenancy {
    const tenancy = beginLease(this.#world, caller, lease)
    this.#leavesSignal(caller)
    return tenancy
  }

  /** Whether the pool has taken everything back, so that a lease may be over before its holder hears of it. */
  get #isCut(): boolean {
    const { ending, now } = this.#world
    return ending !== undefined && now >= ending.graceEndsAt
  }

  #servedTooLate(caller: Caller): void {
    this.#world.tell(`${caller.name} was served, too late`)
    this.#world.ledger.servedTooLate(caller)
    this.#leavesSignal(caller)
  }

  #refused(caller: Caller, error: unknown): void {
    const { pool, ledger } = this.#world
    const wasServed = this.#isCut && codeOf(error) !== 'POOL_CLOSED' && pool.stats().acquired > ledger.totals.acquired
    if (wasServed) return this.#servedTooLate(caller)
    this.#world.tell(`${caller.name} is refused: ${codeOf(error)}`)
    inspectRefusal(this.#world, caller, error)
    this.#world.ledger.refused(caller)
    this.#leavesSignal(caller)
  }

  #leavesSignal({ facts }: Caller): void {
    if (facts.controller !== undefined && !facts.isShared) this.#done.push(facts.controller.signal)
  }

  #abort(caller: Caller): void {
    this.#world.tell(`${caller.name} leaves`)
    caller.isAborted = true
    caller.facts.controller?.abort(this.#world.random.pick<unknown>([new Error('left'), 'left', undefined]))
  }

  async #go(caller: Caller, start: () => Promise<void>): Promise<void> {
    try {
      await start()
    } catch (error) {
      this.#world.fail(error instanceof Error ? error : new Error(`${caller.name}: ${String(error)}`))
    }
  }
}

function optionsOf({ facts }: Caller): AcquireOptions {
  return { timeoutMs: facts.timeoutMs, ...(facts.controller !== undefined && { signal: facts.controller.signal }) }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
