import type { RefusalReason } from '../refusal.ts'
import type { AcceptedHandle, BytePort } from '../session/byte-port.ts'
import type { DeadlineList } from '../session/deadline-list.ts'
import { portOver } from '../session/port-of.ts'
import type { RemoteAddress } from '../session/session.ts'
import { SocketPort } from '../session/socket-port.ts'
import { ProxyPhase } from './proxy-phase.ts'
import type { TlsPhase } from './tls-phase.ts'

/** A client that has passed, with what it has sent already. */
export interface Entered {
  readonly port: BytePort
  readonly remote: RemoteAddress
  readonly early: Buffer
}

export interface EntranceOptions {
  readonly deadlines: DeadlineList
  readonly tls: TlsPhase | undefined
  /** Asks: may the client come in that a proxy speaks for? Undefined: yes. */
  identified(remote: RemoteAddress): RefusalReason | undefined
  entered(client: Entered): void
  /** Its connection is closed. One of these is called, once. `refused`: `identified` has said so. */
  failed(reason: RefusalReason, remote: RemoteAddress): void
  refused(reason: RefusalReason, remote: RemoteAddress): void
}

const NOTHING = Buffer.alloc(0)

/** What a client goes through between being accepted and its session: PROXY header, then TLS, each with a deadline. */
export class Entrance {
  readonly #options: EntranceOptions
  readonly #inside = new Set<BytePort>()
  readonly #emptied: (() => void)[] = []
  #isClosed = false

  constructor(options: EntranceOptions) {
    this.#options = options
  }

  /** `isProxy`: the peer speaks for somebody else, and must say for whom. */
  begin(handle: AcceptedHandle, remote: RemoteAddress, isProxy: boolean): void {
    const { tls } = this.#options
    const port = tls === undefined ? portOver(handle) : SocketPort.aroundHandle(handle)
    const client = { port, remote, early: NOTHING }
    // Most need not wait for anything.
    if (tls === undefined && !isProxy) return this.#options.entered(client)
    this.#inside.add(port)
    if (isProxy) this.#readHeader(port, remote)
    else this.#secure(client)
  }

  /** Sends away whoever is still inside. */
  close(): void {
    this.#isClosed = true
    for (const port of [...this.#inside]) port.reset()
  }

  /** Resolves when nobody is inside. */
  async empty(): Promise<void> {
    if (this.#inside.size > 0) await new Promise<void>((resolve) => this.#emptied.push(resolve))
  }

  #enter(plain: BytePort, client: Entered): void {
    this.#options.entered(client)
    this.#leave(plain)
  }

  #leave(port: BytePort): void {
    this.#inside.delete(port)
    if (this.#inside.size === 0) for (const emptied of this.#emptied.splice(0)) emptied()
  }

  #readHeader(port: BytePort, remote: RemoteAddress): void {
    const phase = new ProxyPhase(port, this.#options.deadlines, {
      passed: (client = remote, early) => this.#identify({ port, remote: client, early }),
      failed: () => this.#fail(port, 'proxy-header', remote),
    })
    phase.begin()
  }

  #identify(client: Entered): void {
    const reason = this.#options.identified(client.remote)
    if (reason === undefined) return this.#secure(client)
    client.port.reset()
    this.#options.refused(reason, client.remote)
    this.#leave(client.port)
  }

  #secure(client: Entered): void {
    const { tls } = this.#options
    if (tls === undefined) return this.#enter(client.port, client)
    if (!(client.port instanceof SocketPort)) throw new Error('bug: TLS needs a socket')
    const { socket } = client.port
    // Else what comes back to it flows to nobody, before the handshake takes it.
    socket.pause()
    if (client.early.length > 0) socket.unshift(client.early)
    tls.begin(socket, {
      passed: (secured) => this.#enter(client.port, { ...client, port: SocketPort.of(secured), early: NOTHING }),
      failed: () => this.#fail(client.port, 'tls', client.remote),
    })
  }

  #fail(port: BytePort, reason: RefusalReason, remote: RemoteAddress): void {
    port.reset()
    this.#options.failed(this.#isClosed ? 'draining' : reason, remote)
    this.#leave(port)
  }
}
