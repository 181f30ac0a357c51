/**
 * Earliest deadline first: each endpoint is due once in 1 / weight of a time that only counts picks, and who is due first
 * is picked. At the start they stand apart from each other, so that what weighs much is met in between the others and
 * not in bursts. This time grows by 1 / the sum of weights a pick: a double counts it for centuries.
 */
import { fillPhases } from './phases.ts'
import { RankHeap, type Ranked } from './rank-heap.ts'
import type { BalancedEndpoint, Balancer } from './balancer.ts'

/** An endpoint in the round: its rank is when it is due, its turn its place in the array. */
interface Seat extends Ranked {
  readonly endpoint: BalancedEndpoint
  weight: number
}

/** One after the other, in the order given; the heavier as many times more often as they weigh more. */
export class RoundRobin implements Balancer {
  /** An endpoint that is ejected and comes back gets its seat back, and not a turn more than it would have had. */
  readonly #seats = new WeakMap<BalancedEndpoint, Seat>()
  readonly #heap = new RankHeap<Seat>()
  #endpoints: readonly BalancedEndpoint[] = []
  #now = 0

  pick(endpoints: readonly BalancedEndpoint[]): BalancedEndpoint {
    if (endpoints !== this.#endpoints) this.#follow(endpoints)
    const seat = this.#heap.first
    if (seat === undefined) throw new Error('bug: a pick among no endpoints')
    this.#now = seat.rank
    seat.rank += 1 / seat.weight
    this.#heap.changed(seat)
    return seat.endpoint
  }

  weightChanged(endpoint: BalancedEndpoint): void {
    const seat = this.#seats.get(endpoint)
    if (seat === undefined || seat.weight === endpoint.weight) return
    seat.rank = this.#now + ((seat.rank - this.#now) * seat.weight) / endpoint.weight
    seat.weight = endpoint.weight
    this.#heap.changed(seat)
  }

  #follow(endpoints: readonly BalancedEndpoint[]): void {
    // Those that were away may have changed unheard.
    for (const endpoint of endpoints) this.weightChanged(endpoint)
    const phases = fillPhases(endpoints.map((endpoint) => this.#phaseOf(endpoint)))
    this.#endpoints = endpoints
    this.#heap.refill(endpoints.map((endpoint, turn) => this.#seat(endpoint, turn, phases[turn] ?? 0)))
  }

  /** How much of its time from one turn to the next an endpoint still has before it, if it is in the round. */
  #phaseOf(endpoint: BalancedEndpoint): number | undefined {
    const seat = this.#seats.get(endpoint)
    if (seat === undefined || seat.rank < this.#now) return undefined
    return ((seat.rank - this.#now) * seat.weight) % 1
  }

  #seat(endpoint: BalancedEndpoint, turn: number, phase: number): Seat {
    const known = this.#seats.get(endpoint)
    if (known !== undefined && known.rank >= this.#now) {
      known.turn = turn
      return known
    }
    const { weight } = endpoint
    const seat: Seat = { endpoint, weight, rank: this.#now + phase / weight, turn, place: -1 }
    this.#seats.set(endpoint, seat)
    return seat
  }
}
