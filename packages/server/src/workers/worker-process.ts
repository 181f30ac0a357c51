import { type ChildProcess, fork, type SendHandle } from 'node:child_process'

import type { Clock } from 'connpool'

import type { ServerStats } from '../server-stats.ts'
import type { FromWorker, Question, ToWorker } from './messages.ts'
import { workerFlags } from './worker-flags.ts'
import { workerProgram } from './worker-program.ts'

/** A channel that stays open although its process is dead is closed after this. */
const CHANNEL_END_MS = 1_000

export interface WorkerProcessOptions {
  /** Never used twice. */
  readonly id: number
  /** Which of the workers it is, from 1. */
  readonly place: number
  readonly clock: Clock
  told(worker: WorkerProcess, message: FromWorker): void
  /** It is dead, and all that it had sent has been told. Called once. */
  gone(worker: WorkerProcess, exit: number | string): void
}

/** One worker process, as the primary sees it. */
export class WorkerProcess {
  readonly id: number
  readonly place: number
  readonly startedAt: number
  /** When it last said something. */
  heardAt: number
  /** Its newest numbers. */
  stats: ServerStats | undefined
  readonly #options: WorkerProcessOptions
  readonly #child: ChildProcess
  readonly #asked = new Map<number, (answer: unknown) => void>()
  readonly #ended: (() => void)[] = []
  #lastAsk = 0
  #exit: number | string | undefined
  #isGone = false

  constructor(options: WorkerProcessOptions) {
    const { id, place, clock } = options
    this.#options = options
    this.id = id
    this.place = place
    this.startedAt = clock.now()
    this.heardAt = this.startedAt
    this.#child = fork(workerProgram(), [], {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: workerFlags(process.execArgv),
    })
    this.#child.on('message', (message) => this.#told(message as FromWorker))
    this.#child.once('exit', (code, signal) => this.#exited(signal ?? code ?? 'unknown'))
    this.#child.once('disconnect', () => this.#endIfDead())
    // Without a process there is no exit. What else fails is told by the answer of `send`.
    this.#child.on('error', () => this.#child.pid === undefined && this.#exited('not started'))
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Its sessions when it last told. */
  get sessions(): number {
    return this.stats?.workers.reduce((sum, { sessions }) => sum + sessions, 0) ?? 0
  }

  /** `failed`: it was not sent. One who dies does not say so for what was still on its way. */
  send(message: ToWorker, handle?: object, failed: () => void = ignore): void {
    this.#child.send(message, handle as SendHandle | undefined, {}, (error) => {
      if (error !== null) failed()
    })
  }

  /** Undefined: it is dead, or has not answered within `timeoutMs`. */
  async ask(question: Question, timeoutMs: number): Promise<unknown> {
    if (this.#isGone) return undefined
    const { clock } = this.#options
    const ask = ++this.#lastAsk
    return await new Promise((resolve) => {
      const answered = (answer: unknown): void => {
        timer?.[Symbol.dispose]()
        this.#asked.delete(ask)
        resolve(answer)
      }
      const timer =
        timeoutMs === Infinity ? undefined : clock.wakeAt(clock.now() + timeoutMs, () => answered(undefined))
      this.#asked.set(ask, answered)
      this.send({ type: 'ask', ask, question })
    })
  }

  /** Resolves when it has ended. One that has not within `timeoutMs` is ended. */
  async end(timeoutMs: number): Promise<void> {
    if (this.#isGone) return
    const { clock } = this.#options
    const timer = clock.wakeAt(clock.now() + timeoutMs, () => this.kill())
    await new Promise<void>((resolve) => this.#ended.push(resolve))
    timer[Symbol.dispose]()
  }

  /** Ends it now. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #told(message: FromWorker): void {
    this.heardAt = this.#options.clock.now()
    if (message.type === 'answer') this.#asked.get(message.ask)?.(message.answer)
    else this.#options.told(this, message)
  }

  #exited(exit: number | string): void {
    this.#exit = exit
    this.#endIfDead()
    if (this.#isGone) return
    const { clock } = this.#options
    clock.wakeAt(clock.now() + CHANNEL_END_MS, () => this.#child.connected && this.#child.disconnect())
  }

  /** Its last messages may come after its exit: it is gone when its channel has been read to the end. */
  #endIfDead(): void {
    if (this.#exit === undefined || this.#child.connected || this.#isGone) return
    this.#isGone = true
    for (const answered of [...this.#asked.values()]) answered(undefined)
    this.#options.gone(this, this.#exit)
    for (const ended of this.#ended.splice(0)) ended()
  }
}

function ignore(): void {}
