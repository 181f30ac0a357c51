import type { SimulatedRoute } from './simulated-route.ts'

/** What reaches the client's end of a link. */
export interface ClientEar {
  connected(): void
  refused(): void
  received(bytes: Buffer): void
  ended(): void
  reset(): void
  acknowledged(): void
}

/** What reaches the server's end of a link. */
export interface ServerEar {
  received(bytes: Buffer): void
  ended(): void
  reset(): void
}

/** What a listening server does with a link whose first packet has arrived. */
export interface Listener {
  /** A SYN. The answer decides what goes back. */
  asked(): 'accept' | 'refuse' | 'ignore'
  /** The handshake is complete: the server has a connection now, and must {@link SimulatedLink.accept} the link. */
  established(link: SimulatedLink): void
  /** How many bytes may be under way to the server before the client has to wait. */
  readonly windowBytes: number
}

/**
 * One TCP connection: what the two kernels know of it. Each end may speak until it has closed; what arrives at a closed
 * end is answered by a reset. A link that has lost a packet is severed: nothing passes any more, and after the way is
 * whole again the client's next packet is answered by a reset, as by a firewall that has forgotten the connection.
 */
export class SimulatedLink {
  readonly id: number
  readonly #route: SimulatedRoute
  readonly #listener: Listener
  #client: ClientEar | undefined
  #server: ServerEar | undefined
  #isSevered = false
  #unacknowledgedBytes = 0

  constructor(id: number, route: SimulatedRoute, listener: Listener) {
    this.id = id
    this.#route = route
    this.#listener = listener
  }

  /** Whether a packet of this link was lost, so that the other end may know nothing of what this one did. */
  get isSevered(): boolean {
    return this.#isSevered
  }

  /** Whether the client must wait until the server has read something. */
  get isFull(): boolean {
    return this.#unacknowledgedBytes > this.#listener.windowBytes
  }

  // The client's side.

  connect(client: ClientEar): void {
    this.#client = client
    this.#toServer(() => {
      const answer = this.#listener.asked()
      if (answer === 'refuse') this.#toClient(() => this.#client?.refused())
      if (answer === 'accept') this.#toClient(() => this.#handshake())
    })
  }

  clientSends(bytes: Buffer): void {
    this.#unacknowledgedBytes += bytes.length
    this.#toServer(() => {
      if (this.#server === undefined) this.#resetClient()
      else this.#server.received(bytes)
    })
  }

  clientEnds(): void {
    this.#toServer(() => this.#server?.ended())
  }

  /** `close(2)`: the process hears nothing more. What arrives from now on is answered by a reset. */
  clientCloses(farewell: 'end' | 'reset' | 'nothing'): void {
    this.#client = undefined
    if (farewell === 'end') this.clientEnds()
    if (farewell === 'reset') this.#resetServer()
  }

  // The server's side.

  accept(server: ServerEar): void {
    this.#server = server
  }

  serverSends(bytes: Buffer): void {
    this.#toClient(() => {
      if (this.#client === undefined) this.#resetServer()
      else this.#client.received(bytes)
    })
  }

  serverAcknowledges(count: number): void {
    this.#toClient(() => {
      this.#unacknowledgedBytes -= count
      this.#client?.acknowledged()
    })
  }

  /** The server closes its socket in good order: its end goes out, and it hears nothing more. */
  serverCloses(): void {
    this.#server = undefined
    this.#toClient(() => this.#client?.ended())
  }

  /** The server's socket is gone at once; the client is told by a reset. */
  serverResets(): void {
    this.#server = undefined
    this.#resetClient()
  }

  #handshake(): void {
    if (this.#client === undefined) return // The client gave up; its kernel resets a connection nobody accepted yet.
    this.#toServer(() => {
      this.#listener.established(this)
    })
    this.#client.connected()
  }

  #resetClient(): void {
    this.#toClient(() => this.#client?.reset())
  }

  #resetServer(): void {
    this.#toServer(() => {
      const server = this.#server
      this.#server = undefined
      server?.reset()
    })
  }

  #toServer(arrive: () => void): void {
    if (this.#isSevered) this.#answerForgotten()
    else this.#route.toServer(arrive, this.#sever)
  }

  #toClient(arrive: () => void): void {
    if (!this.#isSevered) this.#route.toClient(arrive, this.#sever)
  }

  #answerForgotten(): void {
    if (this.#route.isCut) return
    this.#route.toServer(() => this.#route.toClient(() => this.#client?.reset(), noMatter), noMatter)
  }

  readonly #sever = (): void => {
    this.#isSevered = true
  }
}

function noMatter(): void {
  // A lost answer about a lost connection.
}
