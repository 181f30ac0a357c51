import type { FakeClock } from './fake-clock.ts'
import type { SeededRandom } from './seeded-random.ts'
import { SimulatedConnection, type ConnectionHost, type SimulatedReply } from './simulated-connection.ts'
import { SimulatedLink } from './simulated-link.ts'
import { SimulatedRoute, type Latency } from './simulated-route.ts'
import { SimulatedSocket } from './simulated-socket.ts'

/**
 * What becomes of those who dial: `refuse` answers `ECONNREFUSED`; `ignore` answers nothing, so that the dial hangs;
 * the last two accept and leave at once.
 */
export type Admission = 'accept' | 'refuse' | 'ignore' | 'accept-then-end' | 'accept-then-reset'

/** What a {@link SimulatedServer} can be told when it is made. */
export interface SimulatedServerOptions {
  /**
   * How long a packet is under way in each direction, in milliseconds.
   *
   * @default 1
   */
  readonly latencyMs?: number | Latency
  /**
   * How long the server takes for a request, in milliseconds.
   *
   * @default 0
   */
  readonly serviceMs?: number
  /** The answer to a line, without the line end. By default the line itself: an echo. */
  readonly reply?: SimulatedReply
  /** Sent to every connection at once, as by servers that speak first. */
  readonly greeting?: string
  /**
   * How often a message arrives in two pieces, from 0 to 1.
   *
   * @default 0
   */
  readonly fragmentRatio?: number
  /**
   * How many bytes a client may have under way before its writes wait.
   *
   * @default 65_536
   */
  readonly windowBytes?: number
  /** Keeps a connection whose client has ended its side, until {@link SimulatedServer.resetAll}. @default false */
  readonly lingers?: boolean
}

/** What a {@link SimulatedServer} needs of the simulation it stands in. */
export interface SimulatedWorld {
  readonly clock: FakeClock
  readonly random: SeededRandom
  nextLinkId(): number
}

/** What a dial is told; a pool's `dial` hook is called with this and more. */
export interface SimulatedDialContext {
  readonly signal?: AbortSignal | undefined
}

/**
 * A server on the other side of a simulated network. Pass its `dial` to a pool, and make trouble by its methods:
 *
 * ```ts
 * const simulation = new Simulation({ seed: 1 })
 * const server = simulation.listen({ latencyMs: 5 })
 * const pool = new Pool({ dial: server.dial, clock: simulation.clock })
 * server.admission = 'refuse'
 * ```
 */
export class SimulatedServer {
  /** What becomes of those who dial from now on. */
  admission: Admission = 'accept'
  /** The answer to a line. May be changed at any time. */
  reply: SimulatedReply
  readonly #world: SimulatedWorld
  readonly #route: SimulatedRoute
  readonly #host: ConnectionHost
  readonly #options: SimulatedServerOptions
  readonly #connections = new Set<SimulatedConnection>()
  #isFrozen = false
  #accepted = 0

  constructor(world: SimulatedWorld, options: SimulatedServerOptions = {}) {
    this.#world = world
    this.#options = options
    this.reply = options.reply ?? ((request) => request)
    this.#route = new SimulatedRoute(world.clock, world.random, latencyOf(options.latencyMs ?? 1))
    this.#host = this.#hostOfConnections()
  }

  /** The connections the server has open, oldest first. */
  get connections(): readonly SimulatedConnection[] {
    return [...this.#connections]
  }

  /** How many connections the server has open, those included whose client it has lost sight of. */
  get openCount(): number {
    return this.#connections.size
  }

  /** How many connections the server has ever accepted. */
  get acceptedCount(): number {
    return this.#accepted
  }

  /** How long packets take from now on. */
  get latency(): Latency {
    return this.#route.latency
  }

  set latency(latency: Latency) {
    this.#route.latency = latency
  }

  /** Begins a connection and returns its socket at once, still connecting: like `net.connect`. */
  connect(): SimulatedSocket {
    const link = new SimulatedLink(this.#world.nextLinkId(), this.#route, {
      windowBytes: this.#options.windowBytes ?? 65_536,
      asked: () => this.#answer(),
      established: (established) => this.#accept(established),
    })
    return new SimulatedSocket(link, this.#world.clock)
  }

  /** Resolves with a connected socket: what a pool takes as its `dial` option. Bound to this server. */
  readonly dial = ({ signal }: SimulatedDialContext = {}): Promise<SimulatedSocket> =>
    new Promise((resolve, reject) => {
      const socket = this.connect()
      const giveUp = (): void => void socket.destroy(signal?.reason as Error)
      signal?.addEventListener('abort', giveUp, { once: true })
      socket.once('error', reject)
      socket.once('connect', () => {
        signal?.removeEventListener('abort', giveUp)
        socket.removeListener('error', reject)
        resolve(socket)
      })
      if (signal?.aborted === true) giveUp()
    })

  /** Stops working without closing anything, like a process under SIGSTOP: its kernel still accepts and receives. */
  freeze(): void {
    this.#isFrozen = true
  }

  /** Works again, beginning with what came meanwhile. */
  thaw(): void {
    this.#isFrozen = false
    for (const connection of this.connections) connection.thaw()
  }

  /** From now on packets are lost without a sign, in both directions. */
  cut(): void {
    this.#route.isCut = true
  }

  /** Packets pass again; a connection that has lost one meanwhile stays dead, and answers by a reset. */
  heal(): void {
    this.#route.isCut = false
  }

  /** Ends every connection in good order. */
  endAll(): void {
    for (const connection of this.connections) connection.end()
  }

  /** Breaks off every connection. */
  resetAll(): void {
    for (const connection of this.connections) connection.reset()
  }

  /** The process dies: every connection is broken off, and those who dial are refused until {@link restart}. */
  kill(): void {
    this.#isFrozen = false
    this.admission = 'refuse'
    this.resetAll()
  }

  /** Accepts again. */
  restart(): void {
    this.admission = 'accept'
  }

  #answer(): 'accept' | 'refuse' | 'ignore' {
    return this.admission === 'refuse' || this.admission === 'ignore' ? this.admission : 'accept'
  }

  #accept(link: SimulatedLink): void {
    const connection = new SimulatedConnection(link, this.#host)
    this.#connections.add(connection)
    this.#accepted++
    if (this.admission === 'accept-then-end') connection.end()
    if (this.admission === 'accept-then-reset') connection.reset()
    if (this.#options.greeting !== undefined) connection.send(this.#options.greeting)
  }

  #hostOfConnections(): ConnectionHost {
    const isFrozen = (): boolean => this.#isFrozen
    return {
      clock: this.#world.clock,
      random: this.#world.random,
      serviceMs: this.#options.serviceMs ?? 0,
      fragmentRatio: this.#options.fragmentRatio ?? 0,
      lingers: this.#options.lingers ?? false,
      get isFrozen() {
        return isFrozen()
      },
      reply: (request, connection) => this.reply(request, connection),
      gone: (connection) => void this.#connections.delete(connection),
    }
  }
}

function latencyOf(latencyMs: number | Latency): Latency {
  return typeof latencyMs === 'number' ? { leastMs: latencyMs, mostMs: latencyMs } : latencyMs
}
