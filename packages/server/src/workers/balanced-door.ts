import { type Clock, Histogram } from 'connpool'

import type { ConfigDiff } from '../config/diff/config-diff.ts'
import type { ListenerSettings } from '../config/settings.ts'
import { DispatchMachine, type DispatchRefusal, type DispatchRules } from '../dispatch/dispatch-machine.ts'
import type { WorkerId, WorkerLoad } from '../dispatch/worker-load.ts'
import { Acceptors, type Listening } from '../listener/acceptors.ts'
import { AddressList } from '../listener/address-list.ts'
import { Farewells } from '../listener/farewell.ts'
import { peerOf, resetHandle } from '../listener/raw-handle.ts'
import { RefusalWords } from '../listener/refusal-words.ts'
import type { ServerLog } from '../log/server-log.ts'
import type { OverloadOrder } from '../monitors/overload-machine.ts'
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
  words: RefusalWords
  /** Peers that speak for others, whose addresses only workers learn. */
  proxies: AddressList
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
  /** What listeners have counted that are gone: counters of all listeners together do not go back. */
  #past: Omit<DispatchStats, 'workerRestarts'> = NOTHING
  /** Those who are on their way to a worker. */
  readonly #sent = new Map<number, { readonly client: ArrivedClient; readonly hall: Hall }>()
  #lastClient = 0
  #order: OverloadOrder = 'ok'

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

  /** New addresses are listened at before anything changes. Rejects when one cannot be had: roll back then. */
  async openNew({ added, reopened }: ConfigDiff['listeners']): Promise<void> {
    for (const settings of [...added, ...reopened]) {
      const before = this.#halls.get(settings.name)
      if (before === undefined) this.#halls.set(settings.name, this.#hall(settings))
      await this.#acceptors.replace(settings, before?.settings)
    }
  }

  /** Undoes {@link openNew}, as far as it had come. */
  async rollBack({ added, reopened }: ConfigDiff['listeners']): Promise<void> {
    for (const { name } of added) {
      await this.#acceptors.close(name)
      this.#tearDown(name)
    }
    for (const { name } of reopened) {
      const settings = this.#halls.get(name)?.settings
      if (settings !== undefined) await this.#acceptors.replace(settings, settings)
    }
  }

  /** Goes on by new rules. */
  async commit({ added, reopened, changed, removed }: ConfigDiff['listeners']): Promise<void> {
    for (const settings of [...added, ...reopened, ...changed]) this.#changeRules(settings)
    for (const name of removed) {
      this.#halls.get(name)?.machine.drain()
      await this.#acceptors.close(name)
      this.#tearDown(name)
    }
  }

  /** What the monitors of this process order, of listeners that come later too. Those who wait for a worker stay. */
  obey(order: OverloadOrder): void {
    this.#order = order
    for (const { machine } of this.#halls.values()) machine.setOverloaded(order !== 'ok')
    this.#acceptors.setAccepting(order !== 'stop')
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
    return sumOf([this.#past, ...[...this.#halls.values()].map(({ machine }) => machine.stats())])
  }

  #tearDown(name: string): void {
    const machine = this.#halls.get(name)?.machine
    if (machine === undefined) return
    machine.drain()
    this.#past = sumOf([this.#past, { ...machine.stats(), overflowLength: 0, overflowLimit: 0 }])
    this.#halls.delete(name)
  }

  #changeRules(settings: ListenerSettings): void {
    const hall = this.#halls.get(settings.name)
    if (hall === undefined) return
    hall.settings = settings
    hall.words = new RefusalWords(settings)
    hall.proxies = proxiesOf(settings)
    hall.machine.setRules(rulesOf(settings))
  }

  #hall(settings: ListenerSettings): Hall {
    const hall: Hall = {
      settings,
      words: new RefusalWords(settings),
      proxies: proxiesOf(settings),
      machine: new DispatchMachine(rulesOf(settings), {
        handOver: (client, worker) => this.#handOver(client, worker, hall),
        refuse: (client, reason) => this.#refuse(client, reason, hall),
      }),
      refused: {},
      wake: undefined,
    }
    hall.machine.setOverloaded(this.#order !== 'ok')
    for (const { id } of this.#workers.values()) hall.machine.joined(id, startLoad(settings), this.#options.clock.now())
    return hall
  }

  #arrived(listener: string, handle: AcceptedHandle): void {
    const hall = this.#halls.get(listener)
    if (hall === undefined) return resetHandle(handle)
    const client = new ArrivedClient(++this.#lastClient, { listener, handle, address: addressOf(handle, hall) })
    this.#after(hall, (now) => hall.machine.arrived(client, now))
  }

  #handOver(client: ArrivedClient, worker: WorkerId, hall: Hall): void {
    const { id, listener, handle } = client
    this.#sent.set(id, { client, hall })
    const failed = (): void => this.#returned(id, worker)
    this.#workers.get(worker)?.send({ type: 'client', listener, client: id }, handle, failed)
  }

  /** The worker has a copy of its own. */
  #acknowledged(id: number, worker: WorkerId): void {
    const sent = this.#sent.get(id)
    if (sent === undefined) return
    const { client, hall } = sent
    this.#after(hall, (now) => {
      if (!hall.machine.acknowledged(client, worker, now)) return
      this.#sent.delete(id)
      client.close()
    })
  }

  #returned(id: number, worker: WorkerId): void {
    const sent = this.#sent.get(id)
    if (sent !== undefined) this.#after(sent.hall, (now) => sent.hall.machine.returned(sent.client, worker, now))
  }

  #refuse({ id, listener, handle }: ArrivedClient, reason: DispatchRefusal, hall: Hall): void {
    this.#sent.delete(id)
    hall.refused[reason] = (hall.refused[reason] ?? 0) + 1
    this.#options.log.refused({ listener, reason, remoteAddress: peerOf(handle).address })
    this.#farewells.say(handle, hall.words.for(reason))
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

const NOTHING: Omit<DispatchStats, 'workerRestarts'> = {
  overflowLength: 0,
  overflowLimit: 0,
  overflowWaitTime: new Histogram().snapshot(0),
  steals: 0,
  refused: 0,
}

function sumOf(each: readonly (typeof NOTHING)[]): typeof NOTHING {
  const sum = (count: (stats: typeof NOTHING) => number): number => each.reduce((n, one) => n + count(one), 0)
  return {
    overflowLength: sum(({ overflowLength }) => overflowLength),
    overflowLimit: sum(({ overflowLimit }) => overflowLimit),
    overflowWaitTime: sumHistograms(each.map(({ overflowWaitTime }) => overflowWaitTime)),
    steals: sum(({ steals }) => steals),
    refused: sum(({ refused }) => refused),
  }
}

function rulesOf({ maxClients, maxClientsPerAddress, queue, acceptTimeoutMs }: ListenerSettings): DispatchRules {
  return { maxClients, maxClientsPerAddress, overflowLimit: queue.limit, acceptTimeoutMs }
}

function proxiesOf({ name, proxyProtocol }: ListenerSettings): AddressList {
  return new AddressList(proxyProtocol?.accept ?? [], `listeners.${name}.proxyProtocol.accept`)
}

/** As far as it counts here: finding out costs a system call. */
function addressOf(handle: AcceptedHandle, { settings, proxies }: Hall): string | undefined {
  if (settings.maxClientsPerAddress === Infinity) return undefined
  const { address } = peerOf(handle)
  return address === undefined || proxies.has(address) ? undefined : address
}

/** One that is ready has nobody. */
function startLoad({ maxClients, queue }: ListenerSettings): WorkerLoad {
  return { waiting: 0, limit: queue.limit, sessions: 0, maxSessions: maxClients }
}
