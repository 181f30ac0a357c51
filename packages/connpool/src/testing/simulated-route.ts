import type { FakeClock } from './fake-clock.ts'
import type { SeededRandom } from './seeded-random.ts'

/** How long a packet is under way, in milliseconds: drawn between the two for each packet, order kept. */
export interface Latency {
  readonly leastMs: number
  readonly mostMs: number
}

/**
 * The way between this process and one server. Packets arrive in the order they were sent, over all connections, each
 * after its latency; or never, while the way is cut.
 */
export class SimulatedRoute {
  latency: Latency
  isCut = false
  readonly #clock: FakeClock
  readonly #random: SeededRandom
  #lastToServer = 0
  #lastToClient = 0

  constructor(clock: FakeClock, random: SeededRandom, latency: Latency) {
    this.#clock = clock
    this.#random = random
    this.latency = latency
  }

  toServer(arrive: () => void, lost: () => void): void {
    this.#lastToServer = this.#arrivalAfter(this.#lastToServer)
    this.#clock.elsewhereAt(this.#lastToServer, this.#unlessCut(arrive, lost))
  }

  toClient(arrive: () => void, lost: () => void): void {
    this.#lastToClient = this.#arrivalAfter(this.#lastToClient)
    this.#clock.arriveAt(this.#lastToClient, this.#unlessCut(arrive, lost))
  }

  #arrivalAfter(last: number): number {
    const { leastMs, mostMs } = this.latency
    return Math.max(last, this.#clock.now() + this.#random.whole(leastMs, mostMs))
  }

  #unlessCut(arrive: () => void, lost: () => void): () => void {
    const isLost = this.isCut
    return () => {
      if (isLost || this.isCut) lost()
      else arrive()
    }
  }
}
