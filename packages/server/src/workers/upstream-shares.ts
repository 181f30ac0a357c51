import type { Clock } from 'connpool'

import type { UpstreamSettings } from '../config/settings.ts'
import { ShareMachine } from '../dispatch/share-machine.ts'
import type { WorkerId } from '../dispatch/worker-load.ts'

/** An upstream, as far as it is shared. */
type Limited = Pick<UpstreamSettings, 'name' | 'maxSize'>

type Shares = Readonly<Record<string, number>>

/** A worker that has no connection yet, and is told nothing before it begins. */
interface Newcomer {
  /** Undefined until its process can be told. */
  begin: ((shares: Shares) => void) | undefined
}

export interface ShareOrder {
  readonly upstream: string
  readonly share: number
  readonly order: number
}

export interface UpstreamSharesOptions {
  readonly clock: Clock
  readonly upstreams: readonly Limited[]
  order(worker: WorkerId, order: ShareOrder): void
}

/**
 * The limits of all upstreams, shared by the workers. A worker begins when it has a connection of each: one more worker than
 * an upstream has connections would never begin.
 */
export class UpstreamShares {
  readonly #options: UpstreamSharesOptions
  readonly #machines = new Map<string, ShareMachine>()
  readonly #newcomers = new Map<WorkerId, Newcomer>()
  readonly #members = new Set<WorkerId>()
  /** Upstreams that are being added. */
  readonly #fresh = new Set<string>()

  constructor(options: UpstreamSharesOptions) {
    this.#options = options
    for (const { name, maxSize } of options.upstreams) this.#machines.set(name, this.#machine(name, maxSize))
  }

  /** Asks: can there be so many workers at a time, with one connection each? */
  isEnoughFor(workers: number): boolean {
    return [...this.#machines.values()].every(({ limit }) => limit >= workers)
  }

  /** A worker is started. */
  joined(worker: WorkerId): void {
    this.#newcomers.set(worker, { begin: undefined })
    this.#members.add(worker)
    for (const machine of this.#machines.values()) machine.joined(worker, this.#now)
  }

  /** It can be told: `begin` is called with its first shares, once it has some. */
  beginWith(worker: WorkerId, begin: (shares: Shares) => void): void {
    const newcomer = this.#newcomers.get(worker)
    if (newcomer === undefined) return
    newcomer.begin = begin
    this.#beginIfGranted(worker)
  }

  /** How many connections it could use. */
  reported(worker: WorkerId, demand: Shares): void {
    for (const [name, count] of Object.entries(demand)) this.#machines.get(name)?.reported(worker, count, this.#now)
  }

  confirmed(worker: WorkerId, { upstream, order }: Pick<ShareOrder, 'upstream' | 'order'>): void {
    this.#machines.get(upstream)?.confirmed(worker, order, this.#now)
  }

  /** As {@link left}, and another one will be started instead: it comes before others who want what is free now. */
  succeeded(dead: WorkerId, next: WorkerId): void {
    this.#newcomers.delete(dead)
    this.#members.delete(dead)
    this.#members.add(next)
    this.#newcomers.set(next, { begin: undefined })
    for (const machine of this.#machines.values()) machine.replaced(dead, next, this.#now)
  }

  /** New limits hold as soon as they can. An upstream that is new is shared by all at once: nobody has a connection of it. */
  reload(upstreams: readonly Limited[]): void {
    for (const { name, maxSize } of upstreams) {
      const machine = this.#machines.get(name)
      if (machine === undefined) this.#add(name, maxSize)
      else machine.setLimit(maxSize, this.#now)
    }
  }

  /** Forgets those that are not in here any more. */
  forgetAllBut(upstreams: readonly Limited[]): void {
    const kept = new Set(upstreams.map(({ name }) => name))
    for (const name of this.#machines.keys()) if (!kept.has(name)) this.#machines.delete(name)
  }

  /** What a worker may have of each upstream. */
  sharesOf(worker: WorkerId): Record<string, number> {
    return Object.fromEntries([...this.#machines].map(([name, machine]) => [name, machine.shareOf(worker)]))
  }

  /** It is dead, and the backends have seen its connections close. */
  left(worker: WorkerId): void {
    this.#newcomers.delete(worker)
    this.#members.delete(worker)
    for (const machine of this.#machines.values()) machine.died(worker, this.#now)
  }

  get #now(): number {
    return this.#options.clock.now()
  }

  #machine(upstream: string, maxSize: number): ShareMachine {
    const machine = new ShareMachine(maxSize, {
      grant: (worker, share, order) => {
        const isNew = this.#newcomers.has(worker) || this.#fresh.has(upstream)
        if (!isNew) return this.#options.order(worker, { upstream, share, order })
        // It has no connection, so it has no more than anybody may want of it.
        machine.confirmed(worker, order, this.#now)
        this.#beginIfGranted(worker)
      },
    })
    return machine
  }

  #add(name: string, maxSize: number): void {
    this.#fresh.add(name)
    const machine = this.#machine(name, maxSize)
    this.#machines.set(name, machine)
    for (const worker of this.#members) machine.joined(worker, this.#now)
    this.#fresh.delete(name)
  }

  #beginIfGranted(worker: WorkerId): void {
    const begin = this.#newcomers.get(worker)?.begin
    const shares = this.sharesOf(worker)
    if (begin === undefined || Object.values(shares).includes(0)) return
    this.#newcomers.delete(worker)
    begin(shares)
  }
}
