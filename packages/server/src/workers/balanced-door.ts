import { type Clock, Histogram } from 'connpool'

import type { ListenerSettings } from '../config/settings.ts'
import { type DispatchEffects, DispatchMachine, type DispatchRefusal } from '../dispatch/dispatch-machine.ts'
import type { WorkerId, WorkerLoad } from '../dispatch/worker-load.ts'
import { Acceptors, type Listening } from '../listener/acceptors.ts'
import { Farewells } from '../listener/farewell.ts'
import { peerOf } from '../listener/raw-handle.ts'
import { refusalWords } from '../listener/refusal-words.ts'
import type { ServerLog } from '../log/server-log.ts'
import type { RefusalReason } from '../refusal.ts'
import type { DispatchStats } from '../server-stats.ts'
import type { AcceptedHandle } from '../session/byte-port.ts'
import { sumHistograms } from '../stats/sum-histograms.ts'
import { ArrivedClient } from './arrived-client.ts'
import type { TurnReport } from './messages.ts'
import type { WorkerProcess } from './worker-process.ts'

export interface BalancedDoorOptions {
  readonly clock: Clock
  readonly log: ServerLog
  readonly systemdFd: (name: string) => number
}

/** One listener: who comes to it, and who is refused. */
interface Hall {
  settings: ListenerSettings
  readonly machine: DispatchMachine<ArrivedClient>
  readonly refused: Partial<Record<RefusalReason, number>>
  wake: Disposable | undefined
}

/** The primary accepts, and hands each client to the worker that has most room for it. */
export class BalancedDoor {
  readonly #options: BalancedDoorOptions
  readonly #acceptors: Acceptors
  readonly #farewells: Farewells
  readonly #halls = new Map<string, Hall>()
  readonly #workers = new Map<WorkerId, WorkerProcess>()
  /** Those who are on their way to a worker. */
  readonly #sent = new Map<number, ArrivedClient>()
  #lastClient = 0

  constructor(options: BalancedDoorOptions) {
    const { clock, log, systemdFd } = options
    this.#options = options
    this.#farewells = new Farewells(clock)
    this.#acceptors = new Acceptors({ clock, log, systemdFd, accepted: (name, handle) => this.#arrived(name, handle) })
  }

  get listening(): readonly Listening[] {
    return this.#acceptors.listening
  }

  /** Listens. Who comes waits for the first worker. */
  async open(settings: ListenerSettings): Promise<void> {
    this.#halls.set(settings.name, this.#hall(settings))
    await this.#acceptors.open(settings)
  }

  /** Accepts nobody any more; who waits for a worker is refused. */
  async close(): Promise<void> {
    for (const { machine } of this.#halls.values()) machine.drain()
    await this.#acceptors.closeAll()
  }

  joined(worker: WorkerProcess): void {
    this.#workers.set(worker.id, worker)
    for (const hall of this.#halls.values()) {
      this.#after(hall, (now) => hall.machine.joined(worker.id, startLoad(hall.settings), now))
    }
  }

  /** It gets nobody any more. */
  drainWorker({ id }: WorkerProcess): void {
    for (const { machine } of this.#halls.values()) machine.drainWorker(id)
  }

  /** Its process is dead: who was on the way to it goes to another one. */
  died({ id }: WorkerProcess): void {
    this.#workers.delete(id)
    for (const hall of this.#halls.values()) this.#after(hall, (now) => hall.machine.died(id, now))
  }

  /** What a worker has said. */
  told({ id }: WorkerProcess, { acknowledged = [], returned = [], loads = {} }: TurnReport): void {
    for (const client of acknowledged) this.#acknowledged(client, id)
    for (const client of returned) this.#returned(client, id)
    for (const [name, load] of Object.entries(loads)) {
      const hall = this.#halls.get(name)
      if (hall !== undefined) this.#after(hall, (now) => hall.machine.reported(id, load, now))
    }
  }

  /** How many were refused here, by listener and reason. */
  refused(listener: string): Readonly<Partial<Record<RefusalReason, number>>> {
    return this.#halls.get(listener)?.refused ?? {}
  }

  stats(): Omit<DispatchStats, 'workerRestarts'> {
    const each = [...this.#halls.values()].map(({ machine }) => machine.stats())
    const sum = (count: (stats: (typeof each)[number]) => number): number => each.reduce((n, one) => n + count(one), 0)
    return {
      overflowLength: sum(({ overflowLength }) => overflowLength),
      overflowLimit: sum(({ overflowLimit }) => overflowLimit),
      overflowWaitTime: sumHistograms([
        new Histogram().snapshot(0),
        ...each.map(({ overflowWaitTime }) => overflowWaitTime),
      ]),
      steals: sum(({ steals }) => steals),
      refused: sum(({ refused }) => refused),
    }
  }

  #hall(settings: ListenerSettings): Hall {
    const { maxClients, queue, acceptTimeoutMs, name } = settings
    const effects: DispatchEffects<ArrivedClient> = {
      handOver: (client, worker) => this.#handOver(client, worker),
      refuse: (client, reason) => this.#refuse(client, reason),
    }
    const machine = new DispatchMachine({ maxClients, overflowLimit: queue.limit, acceptTimeoutMs }, effects)
    return { settings, machine, refused: this.#halls.get(name)?.refused ?? {}, wake: undefined }
  }

  #arrived(listener: string, handle: AcceptedHandle): void {
    const hall = this.#halls.get(listener)
    if (hall === undefined) return
    const client = new ArrivedClient(++this.#lastClient, listener, handle)
    this.#after(hall, (now) => hall.machine.arrived(client, now))
  }

  #handOver(client: ArrivedClient, worker: WorkerId): void {
    const { id, listener, handle } = client
    this.#sent.set(id, client)
    const failed = (): void => this.#returned(id, worker)
    this.#workers.get(worker)?.send({ type: 'client', listener, client: id }, handle, failed)
  }

  /** The worker has a copy of its own. */
  #acknowledged(id: number, worker: WorkerId): void {
    const client = this.#sent.get(id)
    const hall = client && this.#halls.get(client.listener)
    if (client === undefined || hall === undefined) return
    this.#after(hall, (now) => {
      if (!hall.machine.acknowledged(client, worker, now)) return
      this.#sent.delete(id)
      client.close()
    })
  }

  #returned(id: number, worker: WorkerId): void {
    const client = this.#sent.get(id)
    const hall = client && this.#halls.get(client.listener)
    if (client !== undefined && hall !== undefined) {
      this.#after(hall, (now) => hall.machine.returned(client, worker, now))
    }
  }

  #refuse({ id, listener, handle }: ArrivedClient, reason: DispatchRefusal): void {
    this.#sent.delete(id)
    const hall = this.#halls.get(listener)
    if (hall === undefined) return
    hall.refused[reason] = (hall.refused[reason] ?? 0) + 1
    this.#options.log.refused({ listener, reason, remoteAddress: peerOf(handle).address })
    this.#farewells.say(handle, refusalWords(hall.settings, reason))
  }

  /** Whatever happens may change when the next one has waited long enough. */
  #after(hall: Hall, event: (now: number) => void): void {
    const { clock } = this.#options
    event(clock.now())
    const { dueAt } = hall.machine
    hall.wake?.[Symbol.dispose]()
    hall.wake = dueAt === Infinity ? undefined : clock.wakeAt(dueAt, () => this.#after(hall, passTime))

    function passTime(now: number): void {
      hall.machine.passTime(now)
    }
  }
}

/** One that is ready has nobody. */
function startLoad({ maxClients, queue }: ListenerSettings): WorkerLoad {
  return { waiting: 0, limit: queue.limit, sessions: 0, maxSessions: maxClients }
}
