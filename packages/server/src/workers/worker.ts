import type { Clock } from 'connpool'

import { readConfig } from '../config/config-source.ts'
import type { ServerSettings } from '../config/settings.ts'
import { systemdFd } from '../listener/systemd-sockets.ts'
import { JsonLog } from '../log/json-log.ts'
import type { ServerLog } from '../log/server-log.ts'
import { ServerCore } from '../server-core.ts'
import type { AcceptedHandle } from '../session/byte-port.ts'
import { answerOf } from './answer-question.ts'
import { changedAddressesOf, demandOf, loadsOf } from './core-load.ts'
import { errorText } from './error-text.ts'
import { ForwardingLog } from './forwarding-log.ts'
import { LoadReporter } from './load-reporter.ts'
import type { FromWorker, Question, ReloadAnswer, StartOrder, ToWorker } from './messages.ts'
import { ShareKeeper } from './share-keeper.ts'
import { workerSettings } from './worker-settings.ts'

/** The primary is told the numbers so often; it is also how it knows that this process is not stuck. */
const STATS_MS = 1_000

/** How long sessions may take when the primary is gone: nobody can hand over their listeners any more. */
const ORPHAN_GRACE_MS = 1_000

/** After this nothing may keep an orphan alive. */
const ORPHAN_END_MS = 3_000

/** A terminal sends these to all its processes. It is the primary that decides what they mean. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const

export interface WorkerOptions {
  readonly process: NodeJS.Process
  readonly clock: Clock
}

/** What a worker process does: it serves as the primary tells it to, and ends when that is gone. */
export class Worker {
  readonly #process: NodeJS.Process
  readonly #clock: Clock
  readonly #sockets = new Map<string, (socket: AcceptedHandle | undefined) => void>()
  #core: ServerCore | undefined
  #log: ServerLog | undefined
  #reporter: LoadReporter | undefined
  #shares: ShareKeeper | undefined
  #order: StartOrder | undefined

  constructor({ process, clock }: WorkerOptions) {
    this.#process = process
    this.#clock = clock
  }

  run(): void {
    for (const signal of SIGNALS) this.#process.on(signal, ignore)
    this.#process.on('message', (message, handle) => this.#told(message as ToWorker, handle))
    this.#process.on('disconnect', () => void this.#endAsOrphan())
    this.#send({ type: 'hello' })
  }

  #told(message: ToWorker, handle: AcceptedHandle | undefined): void {
    switch (message.type) {
      case 'start':
        return void this.#start(message)
      case 'share':
        return this.#shares?.take(message)
      case 'socket':
      case 'no-socket':
        return this.#gotSocket(message.listener, handle)
      case 'client':
        return this.#accept(message, handle)
      case 'ask':
        return void this.#answer(message)
    }
  }

  async #start(order: StartOrder): Promise<void> {
    try {
      const core = this.#makeCore(order)
      for (const upstream of order.paused) await core.pause(upstream)
      if (order.dispatch === 'balanced') core.serve()
      else await core.listen()
      this.#send({ type: 'ready', listening: core.listening })
      this.#reporter?.report()
      this.#tellStats(core)
    } catch (error) {
      this.#send({ type: 'failed', error: errorText(error) })
    }
  }

  #makeCore(order: StartOrder): ServerCore {
    const settings = settingsOf(order)
    const log = this.#logOf(order, settings)
    this.#log = log
    const core = new ServerCore({
      settings,
      log,
      clock: this.#clock,
      workerId: order.place,
      systemdFd: (name) => systemdFd(name, this.#process),
      shares: order.shares,
      boundSocket: (listener) => this.#wantSocket(listener),
      // With `kernel` nobody has to know at once how full this process is.
      ...(order.dispatch === 'balanced' && { changed: () => this.#reporter?.changed() }),
    })
    this.#core = core
    this.#order = order
    this.#shares = this.#shareKeeper(core)
    this.#reporter = new LoadReporter({
      clock: this.#clock,
      source: {
        loads: () => (order.dispatch === 'balanced' ? loadsOf(core.parts) : {}),
        demand: () => demandOf(core.parts),
        takeAddresses: () => changedAddressesOf(core.parts),
      },
      send: (report) => this.#send(report),
    })
    return core
  }

  #shareKeeper(core: ServerCore): ShareKeeper {
    return new ShareKeeper({
      clock: this.#clock,
      connections: (name) => core.parts.upstreams.get(name)?.connections ?? 0,
      setShare: (upstream, share) => core.setShare(upstream, share),
      confirm: (upstream, order) => this.#send({ type: 'confirmed', upstream, order }),
    })
  }

  #logOf({ log, place }: StartOrder, settings: ServerSettings): ServerLog {
    if (log === 'forwarded') return new ForwardingLog((line) => this.#send({ type: 'log', line }))
    return new JsonLog({ ...settings.log, worker: place })
  }

  #wantSocket(listener: string): Promise<AcceptedHandle | undefined> {
    return new Promise((resolve) => {
      this.#sockets.set(listener, resolve)
      this.#send({ type: 'socket-wanted', listener })
    })
  }

  #gotSocket(listener: string, socket: AcceptedHandle | undefined): void {
    this.#sockets.get(listener)?.(socket)
    this.#sockets.delete(listener)
  }

  /** A client who left on the way has no handle any more. */
  #accept({ listener, client }: { listener: string; client: number }, handle: AcceptedHandle | undefined): void {
    const knows = this.#core?.state === 'running' && this.#core.parts.services.has(listener)
    if (this.#core === undefined || !knows) return this.#giveBack(client, handle)
    this.#reporter?.acknowledge(client)
    if (handle !== undefined) this.#core.accept(listener, handle)
  }

  /** The primary still has it. */
  #giveBack(client: number, handle: AcceptedHandle | undefined): void {
    ;(handle as { close(): void } | undefined)?.close()
    this.#reporter?.giveBack(client)
  }

  async #answer({ ask, question }: Extract<ToWorker, { type: 'ask' }>): Promise<void> {
    const core = this.#core
    if (core === undefined) return
    const answer = question.what === 'reload' ? await this.#reload(core, question) : await answerOf(core, question)
    this.#reporter?.report()
    this.#send({ type: 'stats', stats: core.statsNow() })
    this.#send({ type: 'answer', ask, answer }, question.what === 'close' ? () => this.#end() : ignore)
  }

  async #reload(core: ServerCore, { source, shares }: Extract<Question, { what: 'reload' }>): Promise<ReloadAnswer> {
    if (this.#order === undefined) throw new Error('bug: a worker is reloaded before it was started')
    try {
      for (const [upstream, share] of Object.entries(shares)) core.setShare(upstream, share)
      const changes = await core.reload(settingsOf({ ...this.#order, source }))
      return { error: undefined, changes, listening: core.listening }
    } catch (error) {
      return { error: errorText(error), changes: [], listening: core.listening }
    }
  }

  #tellStats(core: ServerCore): void {
    if (!this.#process.connected) return
    this.#send({ type: 'stats', stats: core.statsNow() })
    this.#clock.wakeAt(this.#clock.now() + STATS_MS, () => this.#tellStats(core))
  }

  /** Nothing is open any more, so the process ends when the channel is closed. */
  #end(): void {
    this.#reporter?.close()
    if (this.#process.connected) this.#process.disconnect()
  }

  async #endAsOrphan(): Promise<void> {
    setTimeout(() => this.#process.exit(1), ORPHAN_END_MS).unref()
    this.#reporter?.close()
    if (this.#core !== undefined) this.#sayOrphaned(this.#core)
    await this.#core?.close(ORPHAN_GRACE_MS)
    this.#process.exit(0)
  }

  /** One whose work is done has been told to end, and is no orphan. */
  #sayOrphaned(core: ServerCore): void {
    if (core.state !== 'running') return
    const sessions = core.statsNow().workers.reduce((sum, each) => sum + each.sessions, 0)
    this.#log?.event({ event: 'draining', cause: 'primary-gone', sessions, drainTimeoutMs: ORPHAN_GRACE_MS })
  }

  /** A primary that has gone does not hear it: `disconnect` tells. */
  #send(message: FromWorker, sent: () => void = ignore): void {
    if (this.#process.connected) this.#process.send?.(message, undefined, {}, sent)
  }
}

/** What needs a restart stays as it was at the start. */
function settingsOf(order: StartOrder): ServerSettings {
  return workerSettings({ ...readConfig(order.source), dispatch: order.dispatch }, order)
}

function ignore(): void {}
