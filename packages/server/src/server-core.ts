import { type Clock, Histogram } from 'connpool'

import type { ServerSettings } from './config/settings.ts'
import type { DrainReport, Engine } from './engine.ts'
import { Acceptors, type Listening } from './listener/acceptors.ts'
import { overloadEvent } from './log/overload-event.ts'
import type { ServerLog } from './log/server-log.ts'
import { OverloadMonitor } from './monitors/overload-monitor.ts'
import type { OverloadVerdict } from './monitors/overload-machine.ts'
import { ProcessReadings } from './monitors/process-readings.ts'
import { ownWorkerStats } from './own-worker-stats.ts'
import type { Readiness } from './server-control.ts'
import type { ServerState, ServerStats } from './server-stats.ts'
import { resetHandle } from './listener/raw-handle.ts'
import { type CoreParts, everyService, reloadCore } from './reload.ts'
import { type Service, serviceOf } from './services.ts'
import type { AcceptedHandle } from './session/byte-port.ts'
import { NamedUpstream } from './upstreams/named-upstream.ts'
import { mustBeSockets, probeOf } from './upstreams/probe-of.ts'

export interface CoreOptions {
  readonly settings: ServerSettings
  readonly log: ServerLog
  readonly clock: Clock
  /** Who this is among the workers. */
  readonly workerId: number
  /** Where systemd's descriptor of this name is. */
  readonly systemdFd: (name: string) => number
  /** How many connections of an upstream this process may have. Left out: all. */
  readonly shares?: Readonly<Record<string, number>>
  /** The socket that another process has bound for a listener; undefined: there is none. Left out: it binds all itself. */
  readonly boundSocket?: (listener: string) => Promise<AcceptedHandle | undefined>
  /** Called when a client has gone, and when more or fewer requests wait. */
  readonly changed?: () => void
}

/** All that one process does: its listeners, its upstreams, and the sessions between them. */
export class ServerCore implements Engine {
  drainAsked: () => void = nothing
  readonly #options: CoreOptions
  readonly #upstreams: Map<string, NamedUpstream>
  readonly #services: Map<string, Service>
  /** Those that have no listener any more, until their last session has ended. */
  readonly #leaving = new Set<Service>()
  /** Those that were removed, until nobody needs them any more. */
  readonly #leavingUpstreams = new Set<NamedUpstream>()
  /** How many connections of an upstream this process may have; one that is not in here may have all. */
  readonly #shares: Map<string, number>
  readonly #acceptors: Acceptors
  /** It listens by itself, and is not handed its connections. */
  #listens = false
  #settings: ServerSettings
  readonly #monitor: OverloadMonitor
  #state: ServerState = 'starting'
  #drained: Promise<DrainReport> | undefined
  #cutNow: () => void = nothing

  constructor(options: CoreOptions) {
    const { settings, clock, log, shares = {}, changed } = options
    this.#options = options
    this.#shares = new Map(Object.entries(shares))
    this.#settings = settings
    const upstreams = settings.upstreams.map(
      (each) =>
        new NamedUpstream(each, {
          clock,
          log,
          share: shares[each.name],
          probing: probeOf(each.name, settings.listeners),
          mustBeSockets: mustBeSockets(each.name, settings.listeners),
        }),
    )
    this.#upstreams = new Map(upstreams.map((each) => [each.name, each]))
    const services = settings.listeners.map((each) =>
      serviceOf({
        settings: each,
        upstreams: this.#upstreams,
        upstreamSettings: settings.upstreams,
        clock,
        log,
        changed,
      }),
    )
    this.#services = new Map(services.map((each) => [each.listener.settings.name, each]))
    const accepted = (name: string, handle: AcceptedHandle): void => this.accept(name, handle)
    const { systemdFd, boundSocket } = options
    this.#acceptors = new Acceptors({ clock, log, systemdFd, boundSocket, accepted })
    this.#monitor = new OverloadMonitor(settings.monitors, {
      source: new ProcessReadings(),
      clock,
      ordered: (verdict) => this.#obey(verdict),
    })
  }

  get state(): ServerState {
    return this.#state
  }

  /** Listens at all addresses, or at none. @throws what is wrong with the first that cannot be had. */
  async listen(): Promise<Listening[]> {
    this.#listens = true
    try {
      for (const { listener } of this.#services.values()) await this.#acceptors.open(listener.settings)
    } catch (error) {
      await this.#acceptors.closeAll()
      throw error
    }
    this.#state = 'running'
    return this.listening
  }

  /** Runs on connections that it is handed. */
  serve(): void {
    this.#state = 'running'
  }

  get listening(): Listening[] {
    return this.#acceptors.listening
  }

  accept(listener: string, handle: AcceptedHandle): void {
    const service = this.#services.get(listener)
    // It listens already, and then its settings are not taken: another address could not be had.
    if (service === undefined) resetHandle(handle)
    else service.listener.accept(handle)
  }

  stats(): Promise<ServerStats> {
    return Promise.resolve(this.statsNow())
  }

  statsNow(): ServerStats {
    const services = [...this.#services]
    const sessions = everyService(this.parts).reduce((sum, { listener }) => sum + listener.sessions.size, 0)
    return {
      state: this.#state,
      listeners: Object.fromEntries(services.map(([name, { listener }]) => [name, listener.stats()])),
      upstreams: Object.fromEntries([...this.#upstreams].map(([name, each]) => [name, each.report()])),
      workers: [ownWorkerStats(this.#options.workerId, sessions, this.#monitor.readings)],
      dispatch: NO_DISPATCH,
    }
  }

  async readiness(): Promise<Readiness> {
    if (this.#state !== 'running') return { ready: false, reasons: [`the server is ${this.#state}`] }
    const reasons = Object.values(await this.unreachable())
    return { ready: reasons.length === 0, reasons }
  }

  /** Upstreams of its listeners that cannot be reached, and why. */
  async unreachable(): Promise<Record<string, string>> {
    const used = new Set([...this.#services.values()].flatMap(({ lending }) => lending?.upstream ?? []))
    const answers = await Promise.all([...used].map(async (each) => [each.name, await each.unreachable()] as const))
    return Object.fromEntries(answers.flatMap(([name, why]) => (why === undefined ? [] : [[name, why]])))
  }

  pause(upstream: string): Promise<boolean> {
    return Promise.resolve(this.#setPaused(upstream, true))
  }

  resume(upstream: string): Promise<boolean> {
    return Promise.resolve(this.#setPaused(upstream, false))
  }

  drain(): void {
    this.drainAsked()
  }

  /**
   * Accepts nothing more; sessions at rest end now, the others after their last reply, and those that have not after
   * `graceMs` are cut. Then all connections are closed. Called again it may only be in a greater hurry.
   */
  close(graceMs: number): Promise<DrainReport> {
    if (graceMs === 0) this.#cutNow()
    this.#drained ??= this.#drain(graceMs)
    return this.#drained
  }

  /** Another share of an upstream's connections. */
  setShare(upstream: string, share: number): void {
    this.#shares.set(upstream, share)
    this.#upstreams.get(upstream)?.setShare(share)
    for (const { queue } of this.#servicesOf(upstream)) queue.setCapacity(share)
  }

  /** Goes on with other settings. Rejects, with everything as before, if it cannot. What has changed, for people. */
  async reload(settings: ServerSettings): Promise<readonly string[]> {
    if (this.#state !== 'running') throw new Error(`A server that is ${this.#state} takes no new configuration`)
    const changes = await reloadCore(this.parts, this.#settings, settings)
    const { workers, dispatch, admin } = this.#settings
    this.#settings = { ...settings, workers, dispatch, admin }
    this.#monitor.setRules(settings.monitors)
    this.#follow(this.#monitor.verdict)
    return changes
  }

  /** What it runs on now. */
  get parts(): CoreParts {
    const { clock, log, changed } = this.#options
    return {
      clock,
      log,
      upstreams: this.#upstreams,
      services: this.#services,
      leaving: this.#leaving,
      leavingUpstreams: this.#leavingUpstreams,
      acceptors: this.#listens ? this.#acceptors : undefined,
      shareOf: (name) => this.#shares.get(name),
      changed,
    }
  }

  #servicesOf(upstream: string): readonly Service[] {
    return everyService(this.parts).filter(({ lending }) => lending?.upstream.name === upstream)
  }

  async #drain(graceMs: number): Promise<DrainReport> {
    this.#state = 'draining'
    void this.#acceptors.closeAll()
    const services = everyService(this.parts)
    const all = services.map(({ listener }) => listener.sessions)
    const atStart = all.reduce((sum, { size }) => sum + size, 0)
    for (const { listener } of services) listener.drain()
    await this.#emptyWithin(graceMs)
    const cut = all.reduce((sum, sessions) => sum + sessions.cut(), 0)
    await Promise.all(all.map((sessions) => sessions.empty()))
    const upstreams = [...this.#upstreams.values(), ...this.#leavingUpstreams]
    await Promise.all(upstreams.map((each) => each.close(CLOSE_GRACE_MS)))
    this.#monitor.close()
    this.#state = 'stopped'
    return { finished: Math.max(0, atStart - cut), cut }
  }

  /** Resolves when no session is left, after `graceMs`, or when somebody is in a greater hurry. */
  async #emptyWithin(graceMs: number): Promise<void> {
    const { clock } = this.#options
    const empty = Promise.all(everyService(this.parts).map(({ listener }) => listener.sessions.empty()))
    let timer: Disposable | undefined
    const over = new Promise<void>((resolve) => {
      this.#cutNow = resolve
      if (graceMs !== Infinity) timer = clock.wakeAt(clock.now() + graceMs, resolve)
    })
    if (graceMs > 0) await Promise.race([empty, over])
    timer?.[Symbol.dispose]()
  }

  #obey(verdict: OverloadVerdict): void {
    this.#options.log.event(overloadEvent(verdict))
    this.#follow(verdict)
  }

  /** Those who are in are served on. */
  #follow({ order }: OverloadVerdict): void {
    for (const { listener } of this.#services.values()) listener.admission.setOverloaded(order !== 'ok')
    if (this.#state === 'running') this.#acceptors.setAccepting(order !== 'stop')
  }

  #setPaused(name: string, isPaused: boolean): boolean {
    const upstream = this.#upstreams.get(name)
    if (upstream === undefined) return false
    const queues = new Set(this.#servicesOf(name).map(({ queue }) => queue))
    const { log } = this.#options
    if (isPaused) {
      upstream.pause()
      for (const queue of queues) queue.pause()
      log.event({ event: 'upstream-paused', upstream: name })
    } else {
      log.event({
        event: 'upstream-resumed',
        upstream: name,
        held: [...queues].reduce((sum, { length }) => sum + length, 0),
      })
      upstream.resume()
      for (const queue of queues) queue.resume()
    }
    return true
  }
}

/** Orphaned requests may still come to an end; nobody waits for them. */
const CLOSE_GRACE_MS = 100

const NO_DISPATCH: ServerStats['dispatch'] = {
  overflowLength: 0,
  overflowLimit: 0,
  overflowWaitTime: new Histogram().snapshot(0),
  steals: 0,
  refused: 0,
  workerRestarts: 0,
}

function nothing(): void {}
