import { FakeClock } from './fake-clock.ts'
import { SeededRandom } from './seeded-random.ts'
import { SimulatedServer, type SimulatedServerOptions } from './simulated-server.ts'

/** What a {@link Simulation} can be told when it is made. */
export interface SimulationOptions {
  /**
   * Decides every draw of the simulated network.
   *
   * @default 1
   */
  readonly seed?: number
  /** Passed to the clock. @default 8 */
  readonly turns?: number
}

/**
 * A small world for code that uses a pool: a clock, a network, randomness from one seed. Nothing in it is real, so that
 * a day passes in a moment and the same seed always gives the same story.
 *
 * ```ts
 * const simulation = new Simulation({ seed: 7 })
 * const server = simulation.listen({ latencyMs: 5 })
 * const pool = new Pool({ dial: server.dial, clock: simulation.clock, random: simulation.random.next })
 * const reply = await simulation.run(pool.use((socket) => exchange(socket, 'hello')))
 * ```
 */
export class Simulation {
  readonly clock: FakeClock
  /** Shared with the network: numbers drawn here change what the network draws next, but the seed decides both. */
  readonly random: SeededRandom
  #links = 0

  constructor(options: SimulationOptions = {}) {
    this.clock = new FakeClock(options.turns === undefined ? {} : { turns: options.turns })
    this.random = new SeededRandom(options.seed ?? 1)
  }

  /** Starts a server. It echoes lines, unless its options say otherwise. */
  listen(options: SimulatedServerOptions = {}): SimulatedServer {
    const { clock, random } = this
    return new SimulatedServer({ clock, random, nextLinkId: () => ++this.#links }, options)
  }

  /**
   * Moves time until `work` has settled, from event to event, and answers as `work` does. Rejects when nothing is left
   * to happen, or `withinMs` have passed, and it still waits.
   */
  async run<R>(work: PromiseLike<R>, withinMs = 3_600_000): Promise<R> {
    const waiting = new Set([work])
    const settled = (): void => void waiting.delete(work)
    void work.then(settled, settled)
    const until = this.clock.now() + withinMs
    await this.clock.settle()
    while (waiting.size > 0) await this.#nextEvent(until)
    return work
  }

  async #nextEvent(until: number): Promise<void> {
    const next = this.clock.nextAt
    if (next === undefined) throw new Error('the work waits, and nothing is left to happen')
    if (next > until) throw new Error(`the work still waits after ${until} ms of simulated time`)
    await this.clock.step()
  }
}
