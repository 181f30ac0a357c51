import type { Clock } from 'connpool'

import type { WorkerLoad } from '../dispatch/worker-load.ts'
import { mapValues } from '../stats/map-values.ts'
import type { TurnReport } from './messages.ts'

/** Demand is looked at so often: shares of the backend limit follow it. */
const LOOK_MS = 50

/** How much of its queue a worker uses: what the primary decides by changes at these parts. */
const STEPS = [0.25, 0.5, 1] as const

export interface LoadSource {
  loads(): Readonly<Record<string, WorkerLoad>>
  demand(): Readonly<Record<string, number>>
  /** Clients by listener and address, where their number has changed since it was asked last. */
  takeAddresses(): Readonly<Record<string, Readonly<Record<string, number>>>>
}

export interface LoadReporterOptions {
  readonly clock: Clock
  readonly source: LoadSource
  send(report: TurnReport): void
}

/**
 * Tells the primary what it has to know of a worker, and no more often than needed: all that happens in one turn of the event
 * loop is one message, and none is sent for what changes nothing.
 */
export class LoadReporter {
  readonly #options: LoadReporterOptions
  #acknowledged: number[] = []
  #returned: number[] = []
  /** What the primary believes: the last report, and those that were acknowledged since. */
  #believed: Readonly<Record<string, WorkerLoad>> = {}
  #saidDemand: Readonly<Record<string, number>> = {}
  #isDue = false
  #look: Disposable

  constructor(options: LoadReporterOptions) {
    this.#options = options
    this.#look = this.#lookLater()
  }

  acknowledge(client: number): void {
    this.#acknowledged.push(client)
    this.changed()
  }

  giveBack(client: number): void {
    this.#returned.push(client)
    this.changed()
  }

  /** Something may have changed: it is looked at when this turn is over. */
  changed(): void {
    if (this.#isDue) return
    this.#isDue = true
    setImmediate(() => this.#send(undefined))
  }

  /** Sends what has changed, demand included. */
  report(): void {
    this.#send(this.#newDemand())
  }

  close(): void {
    this.#look[Symbol.dispose]()
  }

  #send(demand: Readonly<Record<string, number>> | undefined): void {
    this.#isDue = false
    const loads = this.#newLoads(this.#options.source.takeAddresses())
    const acknowledged = this.#acknowledged.length > 0 && { acknowledged: this.#acknowledged }
    const returned = this.#returned.length > 0 && { returned: this.#returned }
    if (!acknowledged && !returned && !loads && !demand) return
    this.#acknowledged = []
    this.#returned = []
    this.#options.send({
      type: 'turn',
      ...acknowledged,
      ...returned,
      ...(loads && { loads }),
      ...(demand && { demand }),
    })
  }

  /** Demand changes with every request: it is looked at by the clock. */
  #lookLater(): Disposable {
    const { clock } = this.#options
    return clock.wakeAt(clock.now() + LOOK_MS, () => {
      this.#look = this.#lookLater()
      this.report()
    })
  }

  #newLoads(addresses: ReturnType<LoadSource['takeAddresses']>): Readonly<Record<string, WorkerLoad>> | undefined {
    const loads = this.#options.source.loads()
    const names = Object.keys(loads)
    const hasMoved = this.#acknowledged.length > 0 || Object.keys(addresses).length > 0
    if (!hasMoved && !names.some((name) => isOther(this.#believed[name], loads[name]))) return undefined
    this.#believed = loads
    return mapValues(loads, (load, name) => {
      const changedAddresses = addresses[name]
      return changedAddresses === undefined ? load : { ...load, changedAddresses }
    })
  }

  #newDemand(): Readonly<Record<string, number>> | undefined {
    const demand = this.#options.source.demand()
    const isNews = Object.keys(demand).some((name) => demand[name] !== this.#saidDemand[name])
    if (!isNews) return undefined
    this.#saidDemand = demand
    return demand
  }
}

function isOther(before: WorkerLoad | undefined, now: WorkerLoad | undefined): boolean {
  if (before === undefined || now === undefined) return before !== now
  const isSameSize = before.sessions === now.sessions && before.maxSessions === now.maxSessions
  return !isSameSize || before.limit !== now.limit || stepOf(before) !== stepOf(now)
}

function stepOf({ waiting, limit }: WorkerLoad): number {
  return waiting === 0 ? -1 : STEPS.filter((step) => waiting >= step * limit).length
}
