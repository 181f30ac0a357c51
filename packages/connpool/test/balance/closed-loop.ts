/**
 * So many callers, each of whom asks for an endpoint, holds a lease of it for a while, and asks again: what a balancer
 * decides comes back to it as load, latency and failures. In virtual time.
 */
import { EventQueue } from '../../src/testing/event-queue.ts'
import { SeededRandom } from '../../src/testing/seeded-random.ts'
import { TrackRecord } from '../../src/upstream/balance/track-record.ts'
import { sharesOf, SEED } from './picking.ts'
import type { BalancedEndpoint, Balancer } from '../../src/upstream/balance/balancer.ts'
import type { KnownEndpoint } from './known-endpoint.ts'

export interface Traffic {
  readonly callers: number
  /** How long a lease of the endpoint at this place lasts. */
  readonly leaseMs: (place: number, random: () => number) => number
  /** Whether a lease that begins now fails, after one millisecond. */
  readonly fails?: (place: number, now: number) => boolean
}

interface Picked {
  readonly endpoint: BalancedEndpoint
  readonly at: number
}

export class ClosedLoop {
  readonly #balancer: Balancer
  readonly #endpoints: readonly KnownEndpoint[]
  readonly #traffic: Traffic
  readonly #records: readonly TrackRecord[]
  readonly #random = new SeededRandom(SEED)
  readonly #queue = new EventQueue()
  readonly #picked: Picked[] = []
  #now = 0
  #order = 0

  constructor(balancer: Balancer, endpoints: readonly KnownEndpoint[], traffic: Traffic) {
    this.#balancer = balancer
    this.#endpoints = endpoints
    this.#traffic = traffic
    this.#records = endpoints.map(() => new TrackRecord())
    for (let caller = 0; caller < traffic.callers; caller++) this.#ask()
  }

  runUntil(time: number): this {
    for (let next = this.#queue.first; next !== undefined && next.time <= time; next = this.#queue.first) {
      this.#now = next.time
      for (const event of this.#queue.takeDue(next.time)) this.#queue.run(event)
    }
    this.#now = time
    return this
  }

  /** The shares of picks in this time, in the order of the endpoints. */
  shares({ from, to }: { readonly from: number; readonly to: number }): number[] {
    const picked = this.#picked.filter(({ at }) => at >= from && at < to)
    return sharesOf(
      this.#endpoints,
      picked.map(({ endpoint }) => endpoint),
    )
  }

  #ask(): void {
    this.#refresh()
    const request = { affinityKey: undefined, now: this.#now, random: this.#random.next }
    const picked = this.#balancer.pick(this.#endpoints, request)
    this.#picked.push({ endpoint: picked, at: this.#now })
    this.#lend(this.#endpoints.findIndex((endpoint) => endpoint === picked))
  }

  #lend(place: number): void {
    const hasFailed = this.#traffic.fails?.(place, this.#now) === true
    const leaseMs = hasFailed ? 1 : this.#traffic.leaseMs(place, this.#random.next)
    this.#load(place, 1)
    const happen = (): void => {
      if (hasFailed) this.#records[place]?.failed(this.#now)
      else this.#records[place]?.succeeded(leaseMs, this.#now)
      this.#load(place, -1)
      this.#ask()
    }
    this.#queue.add({ time: this.#now + leaseMs, order: this.#order++, happen })
  }

  #load(place: number, change: 1 | -1): void {
    const endpoint = this.#endpoints[place]
    if (endpoint === undefined) return
    endpoint.leased += change
    this.#balancer.loadChanged?.(endpoint)
  }

  #refresh(): void {
    for (const [place, record] of this.#records.entries()) {
      const endpoint = this.#endpoints[place]
      if (endpoint === undefined) continue
      record.refresh(this.#now)
      endpoint.latencyMs = record.latencyMs
      endpoint.failureRatio = record.failureRatio
    }
  }
}

/** Lease times that differ by half the mean to both sides. */
export function about(ms: number): (place: number, random: () => number) => number {
  return (_, random) => ms * (0.5 + random())
}
