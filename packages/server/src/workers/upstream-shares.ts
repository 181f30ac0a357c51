import type { Clock } from 'connpool'

import type { UpstreamSettings } from '../config/settings.ts'
import { ShareMachine } from '../dispatch/share-machine.ts'
import type { WorkerId } from '../dispatch/worker-load.ts'

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
  readonly upstreams: readonly UpstreamSettings[]
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
    this.#newcomers.set(next, { begin: undefined })
    for (const machine of this.#machines.values()) machine.replaced(dead, next, this.#now)
  }

  /** It is dead, and the backends have seen its connections close. */
  left(worker: WorkerId): void {
    this.#newcomers.delete(worker)
    for (const machine of this.#machines.values()) machine.died(worker, this.#now)
  }

  get #now(): number {
    return this.#options.clock.now()
  }

  #machine(upstream: string, maxSize: number): ShareMachine {
    const machine = new ShareMachine(maxSize, {
      grant: (worker, share, order) => {
        if (!this.#newcomers.has(worker)) return this.#options.order(worker, { upstream, share, order })
        // It has no connection, so it has no more than anybody may want of it.
        machine.confirmed(worker, order, this.#now)
        this.#beginIfGranted(worker)
      },
    })
    return machine
  }

  #beginIfGranted(worker: WorkerId): void {
    const begin = this.#newcomers.get(worker)?.begin
    const shares = Object.fromEntries([...this.#machines].map(([name, machine]) => [name, machine.shareOf(worker)]))
    if (begin === undefined || Object.values(shares).includes(0)) return
    this.#newcomers.delete(worker)
    begin(shares)
  }
}
