import { systemClock } from 'connpool'

import { AdminServer } from './admin/admin-server.ts'
import { type ConfigSource, readConfig } from './config/config-source.ts'
import { describe } from './config/source/describe.ts'
import type { ServerConfig } from './config/server-config.ts'
import type { ServerSettings } from './config/settings.ts'
import type { DrainReport, Engine } from './engine.ts'
import type { Listening } from './listener/acceptors.ts'
import { checkFdBudget } from './listener/check-fd-budget.ts'
import { systemdFd } from './listener/systemd-sockets.ts'
import { guardedLog } from './log/guarded-log.ts'
import { JsonLog } from './log/json-log.ts'
import type { ServerLog } from './log/server-log.ts'
import { fdLimit } from './monitors/file-descriptors.ts'
import { ServerCore } from './server-core.ts'
import type { ServerStats } from './server-stats.ts'
import { portsByEnvironment } from './session/node-handles.ts'
import { Primary } from './workers/primary.ts'

export interface FrontServerOptions {
  /** Where the server says what happens. Default: JSON lines on standard error, as the configuration's `log` says. */
  readonly log?: ServerLog
}

/**
 * A front server: it accepts many clients and serves them over few well-kept backend connections, or by handlers of yours.
 *
 * ```ts
 * const server = new FrontServer({
 *   listeners: [{ listen: '127.0.0.1:6380', protocol: 'redis', upstream: 'redis' }],
 *   upstreams: { redis: { endpoints: ['127.0.0.1:6379'] } },
 * })
 * await server.start()
 * ```
 */
export class FrontServer implements AsyncDisposable {
  readonly #log: ServerLog
  readonly #engine: Engine
  readonly #startedAt = systemClock.now()
  #settings: ServerSettings
  #admin: AdminServer | undefined
  #adminUrl: string | undefined
  #starting: Promise<void> | undefined
  #opening: Promise<void> | undefined
  #closing: Promise<DrainReport> | undefined
  /**
   * Resolves when it is closed, whoever has asked for it: a program, or somebody by the admin listener. A server that could
   * not start is closed.
   */
  readonly closed: Promise<DrainReport>
  #isClosed: (report: DrainReport | PromiseLike<DrainReport>) => void = nothing

  /** @throws ConfigError with all that is wrong with the configuration. */
  constructor(config: ServerConfig | ConfigSource, options: FrontServerOptions = {}) {
    const source = sourceOf(config)
    this.#settings = readConfig(source)
    this.closed = new Promise((resolve) => (this.#isClosed = resolve))
    this.closed.catch(nothing)
    this.#log = options.log === undefined ? new JsonLog(this.#settings.log) : guardedLog(options.log)
    this.#engine = this.#newEngine(source, options.log === undefined ? 'own' : 'forwarded')
    this.#engine.drainAsked = () => void this.close({ cause: 'admin' })
  }

  /** What it runs by, with every default. */
  get settings(): ServerSettings {
    return this.#settings
  }

  /** Where it listens, once it has started. */
  get listening(): readonly Listening[] {
    return this.#engine.listening
  }

  /** Where the admin listener is: `http://127.0.0.1:9900`; undefined: there is none. */
  get adminUrl(): string | undefined {
    return this.#adminUrl
  }

  /**
   * Listens at all addresses, and serves. Rejects with an error that names the address that is taken, or says how many file
   * descriptors are missing, and has closed everything again by then. Called again it is the same start. A server that is
   * closed does not start again; one that is closed meanwhile rejects.
   */
  async start(): Promise<void> {
    if (this.#closing !== undefined) throw isClosedError()
    this.#starting ??= this.#start()
    await this.#starting
  }

  /** The numbers of all processes together: a copy. Those of other processes are up to a second old. */
  stats(): ServerStats {
    return this.#engine.statsNow()
  }

  /**
   * Accepts nothing more; sessions at rest end now, the others after their last reply; what is left after `graceMs`
   * (`drainTimeout`) is cut. Resolves when every socket is closed. Called again with `graceMs: 0` it cuts now.
   * `cause` is for the log, by default `close`: who or what asked, as a signal's name; what was said first counts.
   */
  async close(options: { readonly graceMs?: number; readonly cause?: string } = {}): Promise<DrainReport> {
    const { graceMs = this.#settings.drainTimeoutMs, cause = 'close' } = options
    checkGraceMs(graceMs)
    if (this.#closing === undefined) this.#isClosed((this.#closing = this.#close(graceMs, cause)))
    else if (graceMs === 0) await this.#closeEngine(0)
    return await this.closed
  }

  /**
   * Goes on with another configuration. Sessions stay, and so do connections that need not change. Resolves with what has
   * changed, for people; rejects, with everything as before, if the configuration is wrong or cannot be followed.
   */
  async reload(config: ServerConfig | ConfigSource): Promise<readonly string[]> {
    try {
      const source = sourceOf(config)
      const settings = readConfig(source)
      checkFdBudget(settings, fdLimit())
      const changes = await this.#engine.reload(settings, source)
      const { workers, dispatch, admin } = this.#settings
      this.#settings = { ...settings, workers, dispatch, admin }
      if (this.#log instanceof JsonLog) this.#log.configure(settings.log)
      this.#log.event({ event: 'reloaded', changes })
      return changes
    } catch (error) {
      this.#log.event({ event: 'reload-failed', error })
      throw error
    }
  }

  /**
   * Replaces the worker processes one after the other; with one worker, which is this process, there is nothing to do, and
   * the log says so. A new one serves before the old one drains, unless an upstream's `maxSize` leaves no connection for one
   * more. Called again meanwhile it waits for the same. Rejects when one does not start, and when the server is to stop: the
   * others are as they were.
   */
  async restartWorkers(): Promise<void> {
    if (this.#engine instanceof Primary) await this.#engine.restartWorkers()
    else this.#log.event({ event: 'no-workers-to-restart' })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #newEngine(source: ConfigSource, workerLog: 'own' | 'forwarded'): Engine {
    const options = {
      settings: this.#settings,
      log: this.#log,
      clock: systemClock,
      systemdFd: (name: string): number => systemdFd(name, process),
    }
    if (this.#settings.workers === 1) return new ServerCore({ ...options, workerId: 0 })
    return new Primary({ ...options, source, workerLog, random: Math.random })
  }

  async #start(): Promise<void> {
    try {
      this.#opening = this.#open()
      await this.#opening
      this.#log.event({ event: 'started', tookMs: systemClock.now() - this.#startedAt })
    } catch (error) {
      if (this.#closing === undefined) this.#log.event({ event: 'start-failed', error })
      await this.#giveUp()
      throw error
    }
  }

  async #open(): Promise<void> {
    portsByEnvironment()
    checkFdBudget(this.#settings, fdLimit())
    const listening = await this.#engine.listen()
    for (const { listener, address } of listening) this.#sayListening(listener, address)
    await this.#startAdmin()
    if (this.#closing !== undefined) throw isClosedError()
  }

  async #startAdmin(): Promise<void> {
    const { admin } = this.#settings
    if (admin === undefined) return
    const control = this.#engine
    this.#admin = new AdminServer({ ...admin, control, settings: () => this.#settings, log: this.#log })
    const { url, takenPort } = await this.#admin.listen()
    this.#adminUrl = url
    this.#log.event({ event: 'admin-listening', url, ...(takenPort !== undefined && { takenPort }) })
  }

  async #close(graceMs: number, cause: string): Promise<DrainReport> {
    const startedAt = systemClock.now()
    const sessions = this.stats().workers.reduce((sum, each) => sum + each.sessions, 0)
    this.#log.event({ event: 'draining', cause, sessions, drainTimeoutMs: graceMs })
    const report = await this.#end(graceMs)
    this.#log.event({ event: 'drained', tookMs: systemClock.now() - startedAt, ...report })
    this.#log.flush()
    return report
  }

  /** Somebody may have closed it while it started. */
  async #giveUp(): Promise<void> {
    if (this.#closing === undefined) this.#isClosed((this.#closing = this.#end(0)))
    await this.closed
  }

  async #end(graceMs: number): Promise<DrainReport> {
    const report = await this.#closeEngine(graceMs)
    await this.#admin?.close()
    return report
  }

  /** What is being opened is closed when it is open: nothing would close it later. */
  async #closeEngine(graceMs: number): Promise<DrainReport> {
    await this.#opening?.catch(nothing)
    return await this.#engine.close(graceMs)
  }

  #sayListening(listener: string, address: string): void {
    const protocol = this.#settings.listeners.find(({ name }) => name === listener)?.protocol.name ?? ''
    this.#log.event({ event: 'listening', listener, address, protocol })
  }
}

/** What is neither is refused as an object is, with all that is wrong with it. */
function sourceOf(given: ServerConfig | ConfigSource): ConfigSource {
  return isSource(given) ? given : { config: given }
}

function isSource(given: unknown): given is ConfigSource {
  if (typeof given !== 'object' || given === null || 'listeners' in given) return false
  return 'config' in given || 'text' in given
}

/** @throws RangeError for what is no time to wait. */
function checkGraceMs(graceMs: unknown): void {
  if (typeof graceMs === 'number' && graceMs >= 0 && (graceMs < 2 ** 31 || graceMs === Infinity)) return
  throw new RangeError(
    `graceMs must be a number of milliseconds from 0 to below 2^31, or Infinity; got ${describe(graceMs)}`,
  )
}

function isClosedError(): Error {
  return new Error('This server is closed: make another one')
}

function nothing(): void {}
