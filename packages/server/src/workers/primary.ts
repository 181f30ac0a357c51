import { setInterval } from 'node:timers'
import { isDeepStrictEqual } from 'node:util'

import type { Clock } from 'connpool'

import type { ConfigSource } from '../config/config-source.ts'
import type { ConfigDiff } from '../config/diff/config-diff.ts'
import { describeDiff } from '../config/diff/describe-diff.ts'
import { diffConfig } from '../config/diff/diff-config.ts'
import type { ServerSettings } from '../config/settings.ts'
import type { DrainReport, Engine } from '../engine.ts'
import type { Listening } from '../listener/acceptors.ts'
import { overloadEvent } from '../log/overload-event.ts'
import type { ServerLog } from '../log/server-log.ts'
import { OverloadMonitor } from '../monitors/overload-monitor.ts'
import { ProcessReadings } from '../monitors/process-readings.ts'
import type { Readiness } from '../server-control.ts'
import type { ServerState, ServerStats } from '../server-stats.ts'
import { StatsOverTime } from '../stats/stats-over-time.ts'
import { BalancedDoor } from './balanced-door.ts'
import { BoundSockets } from './bound-sockets.ts'
import { checkParts } from './check-parts.ts'
import { Crew } from './crew.ts'
import { errorOf } from './error-text.ts'
import { writeForwarded } from './forwarding-log.ts'
import type { FromWorker, Question, ReloadAnswer } from './messages.ts'
import { sendableSource } from './sendable-source.ts'
import { Silences } from './silences.ts'
import { type ShareOrder, UpstreamShares } from './upstream-shares.ts'
import { WorkerProcess } from './worker-process.ts'
import { withPrimary } from './with-primary.ts'

/** Who has not answered by then counts with what it said last. */
const ANSWER_MS = 1_000

/** Reaching an upstream may take a second itself. */
const READINESS_MS = 2_000

/** A worker that has not ended so long after its last session had to is killed. */
const END_MS = 2_000

/** A worker that has not followed by then is replaced. */
const RELOAD_MS = 10_000

/**
 * So long after a process has ended its backends have seen its connections close: the system closed them with it, and a
 * backend needs this time to read that. It is less than the shortest wait for a successor, who is to get the share.
 */
const SETTLE_MS = 75

const HEARTBEAT_MS = 1_000

export interface PrimaryOptions {
  readonly settings: ServerSettings
  /** Where `settings` are from: workers read it again. */
  readonly source: ConfigSource
  readonly log: ServerLog
  /** Who writes the workers' log: they themselves, or `log`. */
  readonly workerLog: 'own' | 'forwarded'
  readonly clock: Clock
  /** From 0 to below 1. */
  readonly random: () => number
  readonly systemdFd: (name: string) => number
}

/**
 * Serves by processes. This one serves nobody: it starts workers and replaces those that die, hands out their shares of the
 * limits, sums their numbers, and with `dispatch: balanced` accepts for them.
 */
export class Primary implements Engine {
  drainAsked: () => void = nothing
  readonly #options: PrimaryOptions
  #settings: ServerSettings
  #source: ConfigSource
  readonly #crew: Crew<WorkerProcess>
  readonly #shares: UpstreamShares
  readonly #stats = new StatsOverTime()
  readonly #silences: Silences
  /** With `balanced`: undefined otherwise. */
  readonly #door: BalancedDoor | undefined
  readonly #sockets: BoundSockets
  readonly #workers = new Map<number, WorkerProcess>()
  readonly #paused = new Set<string>()
  /** Places that nobody has, by who died there last: its share is not given on yet. */
  readonly #vacant = new Map<number, number>()
  /** Of the process that takes the place of a dead one: its share is kept for it. */
  readonly #nextIds = new Map<number, number>()
  /** Those that were told to end: they take no new configuration. */
  readonly #ending = new WeakSet<WorkerProcess>()
  /** Of those that have. */
  readonly #reports = new WeakMap<WorkerProcess, DrainReport>()
  #lastId = 0
  #listening: readonly Listening[] = []
  #state: ServerState = 'starting'
  #heartbeat: NodeJS.Timeout | undefined
  /** Of a process that accepts. */
  #monitor: OverloadMonitor | undefined
  #renewing: Promise<void> | undefined
  #closed: Promise<DrainReport> | undefined

  /** @throws ConfigError for what cannot be divided, and for what cannot leave this process. */
  constructor(options: PrimaryOptions) {
    const { settings, clock, log, systemdFd, random } = options
    this.#options = options
    this.#settings = settings
    checkParts(settings)
    this.#source = sendableSource(options.source)
    this.#door = settings.dispatch === 'balanced' ? new BalancedDoor({ clock, log, systemdFd }) : undefined
    this.#sockets = new BoundSockets({ systemdFd })
    this.#silences = new Silences({ clock, log })
    this.#shares = new UpstreamShares({
      clock,
      upstreams: settings.upstreams,
      order: (worker, order) => this.#order(worker, order),
    })
    this.#crew = new Crew({ clock, random, workers: settings.workers, fork: (place) => this.#fork(place) })
  }

  get state(): ServerState {
    return this.#state
  }

  get listening(): readonly Listening[] {
    return this.#door?.listening ?? this.#listening
  }

  /** Rejects when an address cannot be had, and when a worker cannot start. */
  async listen(): Promise<readonly Listening[]> {
    // It also keeps this process alive while no worker is.
    this.#heartbeat = setInterval(() => this.#silences.check(this.#crew.alive), HEARTBEAT_MS)
    for (const listener of this.#settings.listeners) await (this.#door ?? this.#sockets).open(listener)
    await this.#crew.start()
    this.#state = 'running'
    this.#monitor = this.#door && this.#watch(this.#door)
    return this.listening
  }

  statsNow(): ServerStats {
    const { restarts } = this.#crew
    return withPrimary(this.#stats.total(), {
      state: this.#state,
      dispatch: this.#door && { ...this.#door.stats(), workerRestarts: restarts },
      workerRestarts: restarts,
      restartsOf: (place) => this.#crew.restartsOf(place),
      limitOf: (upstream) => this.#settings.upstreams.find(({ name }) => name === upstream)?.maxSize,
      refused: (listener) => this.#door?.refused(listener) ?? {},
    })
  }

  async stats(): Promise<ServerStats> {
    await this.#askAll({ what: 'stats' }, ANSWER_MS)
    return this.statsNow()
  }

  async readiness(): Promise<Readiness> {
    if (this.#state !== 'running') return { ready: false, reasons: [`the server is ${this.#state}`] }
    const answers = await this.#askAll({ what: 'unreachable' }, READINESS_MS)
    const [first, ...others] = answers.filter((answer) => answer !== undefined) as Record<string, string>[]
    if (first === undefined) return { ready: false, reasons: ['no worker is running'] }
    // An upstream is out when no worker can reach it.
    const reasons = Object.entries(first).filter(([name]) => others.every((each) => Object.hasOwn(each, name)))
    return { ready: reasons.length === 0, reasons: reasons.map(([, why]) => why) }
  }

  drain(): void {
    this.drainAsked()
  }

  async pause(upstream: string): Promise<boolean> {
    if (!this.#hasUpstream(upstream)) return false
    this.#paused.add(upstream)
    await this.#tellAll({ what: 'pause', upstream })
    return true
  }

  async resume(upstream: string): Promise<boolean> {
    if (!this.#hasUpstream(upstream)) return false
    this.#paused.delete(upstream)
    await this.#tellAll({ what: 'resume', upstream })
    return true
  }

  /**
   * Replaces the workers one after the other: a new process serves before the old one drains, where the limits of the upstreams
   * leave room for one more. Called again meanwhile it waits for the same. Rejects when one does not start; the others stay as
   * they are.
   */
  async restartWorkers(): Promise<void> {
    this.#renewing ??= this.#renew().finally(() => (this.#renewing = undefined))
    await this.#renewing
  }

  /**
   * Goes on with other settings. What can fail is done here first, then each worker follows; one that does not, though the
   * first of them did, is replaced.
   */
  async reload(after: ServerSettings, source: ConfigSource): Promise<readonly string[]> {
    if (this.#state !== 'running') throw new Error(`A server that is ${this.#state} takes no new configuration`)
    const changes = describeDiff(diffConfig(this.#settings, after))
    const { workers, dispatch, admin } = this.#settings
    const settings = { ...after, workers, dispatch, admin }
    checkParts(settings)
    const sendable = sendableSource(source)
    // Only who has certificates in use knows that those in the files are others.
    const more = await this.#follow(settings, sendable)
    this.#monitor?.setRules(settings.monitors)
    if (this.#monitor !== undefined) this.#door?.obey(this.#monitor.verdict.order)
    return [...new Set([...changes, ...more])]
  }

  close(graceMs: number): Promise<DrainReport> {
    if (this.#closed === undefined) this.#closed = this.#close(graceMs)
    else if (graceMs === 0) for (const worker of this.#crew.ready) void this.#closeWorker(worker, 0)
    return this.#closed
  }

  // --- workers ---

  #fork(place: number): WorkerProcess {
    const id = this.#nextIds.get(place) ?? this.#newId()
    this.#vacant.delete(place)
    if (!this.#nextIds.delete(place)) this.#shares.joined(id)
    const worker = new WorkerProcess({
      id,
      place,
      clock: this.#options.clock,
      told: (from, message) => this.#told(from, message),
      gone: (from, exit) => this.#gone(from, exit),
    })
    this.#workers.set(id, worker)
    this.#stats.join(id)
    return worker
  }

  #told(worker: WorkerProcess, message: FromWorker): void {
    switch (message.type) {
      case 'hello':
        this.#crew.waits(worker)
        return this.#shares.beginWith(worker.id, (shares) => this.#begin(worker, shares))
      case 'ready':
        return this.#started(worker, message.listening)
      case 'failed':
        return this.#crew.hasFailed(worker, errorOf(message.error))
      case 'socket-wanted':
        return this.#giveSocket(worker, message.listener)
      case 'turn':
        this.#door?.told(worker, message)
        return this.#shares.reported(worker.id, message.demand ?? {})
      case 'confirmed':
        return this.#shares.confirmed(worker.id, message)
      case 'stats':
        worker.stats = message.stats
        return this.#stats.report(worker.id, message.stats)
      case 'log':
        return writeForwarded(message.line, this.#options.log)
      case 'answer':
        return undefined
    }
  }

  #begin(worker: WorkerProcess, shares: Readonly<Record<string, number>>): void {
    this.#crew.begins(worker)
    const { workers, dispatch } = this.#settings
    worker.send({
      type: 'start',
      source: this.#source,
      place: worker.place,
      workers,
      dispatch,
      shares,
      paused: [...this.#paused],
      log: this.#options.workerLog,
    })
  }

  #started(worker: WorkerProcess, listening: readonly Listening[]): void {
    this.#listening = listening
    this.#options.log.event({ event: 'worker-started', worker: worker.place, workerPid: worker.pid })
    this.#door?.joined(worker)
    this.#crew.hasStarted(worker)
  }

  #giveSocket(worker: WorkerProcess, listener: string): void {
    const socket = this.#sockets.of(listener)
    if (socket === undefined) worker.send({ type: 'no-socket', listener })
    else worker.send({ type: 'socket', listener }, socket)
  }

  #order(worker: number, order: ShareOrder): void {
    this.#workers.get(worker)?.send({ type: 'share', ...order })
  }

  #gone(worker: WorkerProcess, exit: number | string): void {
    const { id, place, pid, sessions } = worker
    this.#workers.delete(id)
    this.#stats.leave(id)
    this.#door?.died(worker)
    const restartInMs = this.#crew.hasGone(worker, exit)
    if (restartInMs !== undefined) this.#vacant.set(place, id)
    const { clock, log } = this.#options
    clock.wakeAt(clock.now() + SETTLE_MS, () => this.#freeShare(worker))
    if (this.#reports.has(worker)) return
    const restart = restartInMs !== undefined && { restartInMs }
    log.event({ event: 'worker-died', worker: place, workerPid: pid, exit, lostSessions: sessions, ...restart })
  }

  async #renew(): Promise<void> {
    const { log, clock } = this.#options
    const { workers, drainTimeoutMs } = this.#settings
    const startedAt = clock.now()
    try {
      if (this.#state !== 'running') throw new Error(`Workers cannot be restarted: the server is ${this.#state}`)
      log.event({ event: 'workers-restarting', workers })
      const order = this.#shares.isEnoughFor(workers + 1) ? 'new first' : 'old first'
      await this.#crew.renew(order, (old) => this.#closeWorker(old, drainTimeoutMs))
      log.event({ event: 'workers-restarted', workers, tookMs: clock.now() - startedAt })
    } catch (error) {
      log.event({ event: 'restart-failed', error })
      throw error
    }
  }

  /** A place that has been taken by then needs nothing more. */
  #freeShare({ id, place }: WorkerProcess): void {
    if (this.#vacant.get(place) !== id) return this.#shares.left(id)
    this.#vacant.delete(place)
    const next = this.#newId()
    this.#nextIds.set(place, next)
    this.#shares.succeeded(id, next)
  }

  #newId(): number {
    this.#lastId++
    return this.#lastId
  }

  async #askAll(question: Question, timeoutMs: number): Promise<unknown[]> {
    return await Promise.all(this.#crew.ready.map((worker) => worker.ask(question, timeoutMs)))
  }

  /** Those that are about to serve are told, too: they know only what was so when they began. */
  async #tellAll(order: Question): Promise<void> {
    await Promise.all(this.#crew.begun.map((worker) => worker.ask(order, ANSWER_MS)))
  }

  #watch(door: BalancedDoor): OverloadMonitor {
    const { clock, log } = this.#options
    return new OverloadMonitor(this.#settings.monitors, {
      source: new ProcessReadings(),
      clock,
      ordered: (verdict) => {
        log.event(overloadEvent(verdict))
        door.obey(verdict.order)
      },
    })
  }

  #hasUpstream(upstream: string): boolean {
    return this.#settings.upstreams.some(({ name }) => name === upstream)
  }

  // --- another configuration ---

  /** What the workers say has changed. */
  async #follow(settings: ServerSettings, source: ConfigSource): Promise<readonly string[]> {
    const diff = diffConfig(this.#settings, settings)
    const { listeners } = diff
    let changes: readonly string[]
    try {
      await this.#openNew(listeners)
      this.#shares.reload(settings.upstreams)
      changes = await this.#reloadWorkers(source, diff)
    } catch (error) {
      this.#sockets.rollBack()
      await this.#door?.rollBack(listeners)
      this.#shares.reload(this.#settings.upstreams)
      this.#shares.forgetAllBut(this.#settings.upstreams)
      throw error
    }
    // In the turn in which the last one has followed: who was not ready yet begins with these.
    this.#settings = settings
    this.#source = source
    this.#crew.startAnew()
    this.#shares.forgetAllBut(settings.upstreams)
    this.#sockets.commit()
    for (const name of listeners.removed) this.#sockets.close(name)
    await this.#door?.commit(listeners)
    return changes
  }

  /** Where only `backlog` has changed, workers listen anew at the socket that there is. */
  async #openNew(listeners: ConfigDiff['listeners']): Promise<void> {
    if (this.#door !== undefined) return await this.#door.openNew(listeners)
    const before = new Map(this.#settings.listeners.map((each) => [each.name, each]))
    for (const settings of [...listeners.added, ...listeners.reopened]) {
      const old = before.get(settings.name)
      const isSame = isDeepStrictEqual(old?.listen, settings.listen) && old?.reusePort === settings.reusePort
      if (!isSame) await this.#sockets.stage(settings)
    }
  }

  /** The first one tells whether they can. Meanwhile others may get ready, which had begun with what was there before. */
  async #reloadWorkers(source: ConfigSource, { upstreams }: ConfigDiff): Promise<readonly string[]> {
    const asked = new Set<WorkerProcess>()
    const reloaded = async (worker: WorkerProcess): Promise<ReloadAnswer | undefined> => {
      asked.add(worker)
      const all = this.#shares.sharesOf(worker.id)
      const shares = Object.fromEntries(upstreams.added.map(({ name }) => [name, all[name] ?? 1]))
      return (await worker.ask({ what: 'reload', source, shares }, RELOAD_MS)) as ReloadAnswer | undefined
    }
    const unasked = (): readonly WorkerProcess[] =>
      this.#crew.ready.filter((worker) => !asked.has(worker) && !this.#ending.has(worker))
    const [first] = unasked()
    const answer = first && (await reloaded(first))
    if (answer?.error !== undefined) throw errorOf(answer.error)
    if (answer === undefined) first?.kill()
    for (let others = unasked(); others.length > 0; others = unasked()) {
      const answers = await Promise.all(others.map(async (worker) => [worker, await reloaded(worker)] as const))
      for (const [worker, each] of answers) if (each === undefined || each.error !== undefined) worker.kill()
    }
    this.#listening = answer?.listening ?? this.#listening
    return answer?.changes ?? []
  }

  // --- the end ---

  async #close(graceMs: number): Promise<DrainReport> {
    this.#state = 'draining'
    this.#crew.stop()
    this.#monitor?.close()
    const workers = this.#crew.ready
    void this.#door?.close()
    const reports = await Promise.all(workers.map((worker) => this.#closeWorker(worker, graceMs)))
    await this.#crew.empty()
    this.#sockets.closeAll()
    clearInterval(this.#heartbeat)
    this.#state = 'stopped'
    return sumReports(reports)
  }

  /** Resolves when it has ended, with or without our help. One that has not said counts with the sessions that it had. */
  async #closeWorker(worker: WorkerProcess, graceMs: number): Promise<DrainReport> {
    this.#ending.add(worker)
    this.#door?.drainWorker(worker)
    const report = (await worker.ask({ what: 'close', graceMs }, graceMs + END_MS)) as DrainReport | undefined
    if (report !== undefined) this.#reports.set(worker, report)
    await worker.end(report === undefined ? 0 : END_MS)
    return report ?? { finished: 0, cut: worker.sessions }
  }
}

function sumReports(reports: readonly DrainReport[]): DrainReport {
  return {
    finished: reports.reduce((sum, { finished }) => sum + finished, 0),
    cut: reports.reduce((sum, { cut }) => sum + cut, 0),
  }
}

function nothing(): void {}
