import type { WorkerId } from './worker-load.ts'

/** The clients of one worker, by address. */
interface Clients {
  /** As it has reported. */
  readonly reported: Map<string, number>
  /** Acknowledged since its last report, which therefore does not count them. */
  readonly since: Map<string, number>
}

/**
 * How many clients come from each address: those who wait for a worker, those on the way to one, and those whom workers have.
 * An address is forgotten with its last client. `undefined` is a client whose address does not count.
 *
 * Pure.
 */
export class AddressCounts {
  readonly #all = new Map<string, number>()
  readonly #workers = new Map<WorkerId, Clients>()

  of(address: string | undefined): number {
    return address === undefined ? 0 : (this.#all.get(address) ?? 0)
  }

  /** Of how many addresses there are clients. */
  get size(): number {
    return this.#all.size
  }

  /** It is with no worker yet. */
  came(address: string | undefined): void {
    if (address !== undefined) this.#add(address, 1)
  }

  /** It went without having been acknowledged. */
  went(address: string | undefined): void {
    if (address !== undefined) this.#add(address, -1)
  }

  /** From now on the worker counts it. */
  acknowledged(address: string | undefined, worker: WorkerId): void {
    if (address !== undefined) increase(this.#clientsOf(worker).since, address, 1)
  }

  /** Of some addresses the worker has another number of clients than before, with all whom it has acknowledged. */
  reported(worker: WorkerId, changed: Readonly<Record<string, number>>): void {
    const { reported, since } = this.#clientsOf(worker)
    for (const [address, count] of since) this.#add(address, -count)
    since.clear()
    for (const [address, count] of Object.entries(changed)) {
      const change = count - (reported.get(address) ?? 0)
      increase(reported, address, change)
      this.#add(address, change)
    }
  }

  /** Its clients are gone. */
  died(worker: WorkerId): void {
    const { reported, since } = this.#clientsOf(worker)
    this.#workers.delete(worker)
    for (const counts of [reported, since]) for (const [address, count] of counts) this.#add(address, -count)
  }

  /** Workers do not report any more. When they do again they begin with all that they have. */
  forgetReports(): void {
    for (const worker of this.#workers.keys()) this.died(worker)
  }

  #clientsOf(worker: WorkerId): Clients {
    const known = this.#workers.get(worker)
    if (known !== undefined) return known
    const clients = { reported: new Map<string, number>(), since: new Map<string, number>() }
    this.#workers.set(worker, clients)
    return clients
  }

  #add(address: string, change: number): void {
    increase(this.#all, address, change)
  }
}

function increase(counts: Map<string, number>, address: string, change: number): void {
  const count = (counts.get(address) ?? 0) + change
  if (count < 0) throw new Error(`bug: ${count} clients come from ${address}`)
  if (count === 0) counts.delete(address)
  else counts.set(address, count)
}
