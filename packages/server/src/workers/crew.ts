import type { Clock } from 'connpool'

import { RestartBackoff } from './restart-backoff.ts'

/** A worker that takes longer to begin, or then to be ready, is killed, and counts as crashed. */
const START_MS = 10_000

/** One that is to take another's place may wait so long for connections of its own; then the other has to go first. */
const PATIENCE_MS = 5_000

/** One that was killed because it was told what is not so any more did nothing wrong: so soon another one starts. */
const ANEW_MS = 100

/** A worker process, as far as a crew looks at it. */
export interface CrewMember {
  /** Which of the workers it is, from 1. */
  readonly place: number
  readonly startedAt: number
  kill(): void
}

/** One of the workers that there should be, with the process that is it now. */
class Place<W> {
  readonly number: number
  readonly backoff = new RestartBackoff()
  restarts = 0
  current: W | undefined
  restart: Disposable | undefined

  constructor(number: number) {
    this.number = number
  }
}

/** A process that is not ready yet. */
interface Start {
  timer: Disposable | undefined
  /** It has been told to begin. */
  hasBegun: boolean
  ready(): void
  failed(error: Error): void
}

/** How one process takes another's place. */
interface Succession<W> {
  readonly old: W | undefined
  readonly order: 'new first' | 'old first'
  readonly close: (old: W) => Promise<unknown>
}

export interface CrewOptions<W extends CrewMember> {
  readonly clock: Clock
  /** From 0 to below 1. */
  readonly random: () => number
  readonly workers: number
  fork(place: number): W
}

/** Keeps as many workers running as there should be. */
export class Crew<W extends CrewMember> {
  readonly #options: CrewOptions<W>
  readonly #places: readonly Place<W>[]
  readonly #starting = new Map<W, Start>()
  readonly #alive = new Set<W>()
  readonly #served = new WeakSet<W>()
  /** Those that were killed because what they had been told is not so any more. */
  readonly #outdated = new WeakSet<W>()
  readonly #emptied: (() => void)[] = []
  #replaces = false

  constructor(options: CrewOptions<W>) {
    this.#options = options
    this.#places = Array.from({ length: options.workers }, (_, index) => new Place<W>(index + 1))
  }

  /** All that serve or still have sessions. */
  get ready(): readonly W[] {
    return [...this.#alive].filter((worker) => !this.#starting.has(worker))
  }

  /** Those, and all that have been told to begin. */
  get begun(): readonly W[] {
    return [...this.#alive].filter((worker) => this.#starting.get(worker)?.hasBegun ?? true)
  }

  get alive(): readonly W[] {
    return [...this.#alive]
  }

  get restarts(): number {
    return this.#places.reduce((sum, { restarts }) => sum + restarts, 0)
  }

  restartsOf(place: number): number {
    return this.#places[place - 1]?.restarts ?? 0
  }

  /** Starts all. Rejects with why one could not start. */
  async start(): Promise<void> {
    await Promise.all(this.#places.map((place) => this.#start(place)))
    this.#replaces = true
    for (const place of this.#places) if (place.current === undefined) this.#startAgain(place)
  }

  /** It listens to what it is told. However long it waits for its first connections, it need not hurry. */
  waits(worker: W): void {
    this.#starting.get(worker)?.timer?.[Symbol.dispose]()
  }

  /** It has been told to begin. */
  begins(worker: W): void {
    const start = this.#starting.get(worker)
    if (start === undefined) return
    start.timer = this.#startTimer(worker)
    start.hasBegun = true
  }

  hasStarted(worker: W): void {
    this.#served.add(worker)
    this.#starting.get(worker)?.ready()
  }

  hasFailed(worker: W, error: Error): void {
    this.#starting.get(worker)?.failed(error)
    worker.kill()
  }

  /** Its process is dead. When it is replaced, in milliseconds; undefined: not at all. */
  hasGone(worker: W, exit: number | string): number | undefined {
    this.#starting.get(worker)?.failed(new Error(`Worker ${worker.place} ended before it was ready (${exit})`))
    this.#alive.delete(worker)
    if (this.#alive.size === 0) for (const emptied of this.#emptied.splice(0)) emptied()
    const place = this.#places.find(({ current }) => current === worker)
    if (place === undefined) return undefined
    place.current = undefined
    return this.#replaces ? this.#restartLater(place, worker) : undefined
  }

  /**
   * Starts a new process for each place, one after the other, and has the old one closed: first the new one where there may be
   * one more, otherwise first the old one. Rejects when one does not start, and after {@link stop}; the others are as they were.
   */
  async renew(order: 'new first' | 'old first', close: (old: W) => Promise<unknown>): Promise<void> {
    for (const place of this.#places) {
      if (!this.#replaces) throw new Error('Not all workers were restarted: the server is to stop')
      place.restart?.[Symbol.dispose]()
      const old = this.#servingIn(place)
      place.current = undefined
      await this.#succeed(place, { old, order, close })
      place.restarts++
    }
  }

  /** Nobody is replaced from now on, and who has not started yet is killed. */
  stop(): void {
    this.#replaces = false
    for (const { restart } of this.#places) restart?.[Symbol.dispose]()
    for (const [worker, start] of this.#starting) {
      start.failed(new Error(`Worker ${worker.place} is not needed any more: the server is to stop`))
      worker.kill()
    }
  }

  /** Who has not started yet was told what is not so any more: another process starts instead. */
  startAnew(): void {
    for (const worker of this.#starting.keys()) {
      this.#outdated.add(worker)
      worker.kill()
    }
  }

  /** Resolves when no process is left. */
  async empty(): Promise<void> {
    if (this.#alive.size > 0) await new Promise<void>((resolve) => this.#emptied.push(resolve))
  }

  async #start(place: Place<W>): Promise<void> {
    const worker = this.#fork(place)
    place.current = worker
    await this.#readiness(worker)
  }

  /** One that is not ready has no clients, and may not hear that it is to close: it is killed. */
  #servingIn({ current }: Place<W>): W | undefined {
    if (current === undefined || !this.#starting.has(current)) return current
    current.kill()
    return undefined
  }

  async #succeed(place: Place<W>, { old, order, close }: Succession<W>): Promise<void> {
    if (old !== undefined && order === 'old first') await close(old)
    const { clock } = this.#options
    const closeOld = once(async () => void (old && (await close(old))))
    const impatient = clock.wakeAt(clock.now() + PATIENCE_MS, () => void closeOld())
    let worker = this.#fork(place)
    try {
      while (!(await this.#isReady(worker))) worker = this.#fork(place)
      place.current = worker
    } catch (error) {
      if (old !== undefined && this.#alive.has(old)) place.current = old
      else this.#restartLater(place, worker)
      throw error
    } finally {
      impatient[Symbol.dispose]()
    }
    await closeOld()
  }

  /** False: it was to start anew. */
  async #isReady(worker: W): Promise<boolean> {
    try {
      await this.#readiness(worker)
      return true
    } catch (error) {
      if (this.#replaces && this.#outdated.has(worker)) return false
      throw error
    }
  }

  #fork(place: Place<W>): W {
    const worker = this.#options.fork(place.number)
    this.#alive.add(worker)
    return worker
  }

  async #readiness(worker: W): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const over = (tell: () => void): void => {
        start.timer?.[Symbol.dispose]()
        this.#starting.delete(worker)
        tell()
      }
      const start: Start = {
        timer: this.#startTimer(worker),
        hasBegun: false,
        ready: () => over(resolve),
        failed: (error) => over(() => reject(error)),
      }
      this.#starting.set(worker, start)
    })
  }

  #startTimer(worker: W): Disposable {
    const { clock } = this.#options
    return clock.wakeAt(clock.now() + START_MS, () => {
      this.hasFailed(worker, new Error(`Worker ${worker.place} was not ready within ${START_MS} ms`))
    })
  }

  #restartLater(place: Place<W>, worker: W): number {
    const { clock, random } = this.#options
    const livedMs = clock.now() - worker.startedAt
    const waitMs = this.#outdated.has(worker)
      ? ANEW_MS
      : place.backoff.died({ livedMs, hasServed: this.#served.has(worker), random: random() })
    place.restart = clock.wakeAt(clock.now() + waitMs, () => this.#startAgain(place))
    return waitMs
  }

  /** One that does not start dies, and that starts the next one. */
  #startAgain(place: Place<W>): void {
    place.restarts++
    this.#start(place).catch(ignore)
  }
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => (done ??= work())
}

function ignore(): void {}
