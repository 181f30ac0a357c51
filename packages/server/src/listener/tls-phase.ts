import type { Socket } from 'node:net'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import { isDeepStrictEqual } from 'node:util'

import type { ListenerTlsSettings } from '../config/settings.ts'
import { secureContexts } from './secure-contexts.ts'

/** What becomes of a handshake. */
export interface TlsOutcome {
  passed(socket: TLSSocket): void
  /** The plain socket is destroyed. */
  failed(error: Error): void
}

/**
 * Does the TLS handshakes of one listener. Certificates may be replaced while it runs: handshakes from then on use the new
 * ones.
 */
export class TlsPhase {
  readonly #server: Server
  #contexts: ReturnType<typeof secureContexts>
  /** By the socket under the handshake. */
  readonly #waiting = new Map<Socket, TlsOutcome>()

  /** @throws what is wrong with the certificates. */
  constructor(settings: ListenerTlsSettings, handshakeTimeoutMs: number) {
    this.#contexts = secureContexts(settings)
    this.#server = createServer({
      ...this.#contexts.options,
      requestCert: settings.clientCertificates !== 'none',
      rejectUnauthorized: settings.clientCertificates === 'required',
      handshakeTimeout: handshakeTimeoutMs,
      SNICallback: (name, answer) => answer(null, this.#contexts.of(name)),
    })
    this.#server.on('secureConnection', (socket) => {
      const outcome = this.#settle(socket)
      // Left open, one that nobody knows would keep its client's place for ever.
      if (outcome === undefined) return void socket.destroy()
      socket.allowHalfOpen = true
      outcome.passed(socket)
    })
    this.#server.on('tlsClientError', (error, socket) => this.#settle(socket)?.failed(error))
  }

  /**
   * Reads the files again. What it returns puts them to use; undefined: they are as they were.
   *
   * @throws what is wrong with them.
   */
  fresh(settings: ListenerTlsSettings): (() => void) | undefined {
    const contexts = secureContexts(settings)
    if (isDeepStrictEqual(contexts.pems, this.#contexts.pems)) return undefined
    return () => {
      this.#server.setSecureContext(contexts.options)
      this.#contexts = contexts
    }
  }

  begin(plain: Socket, outcome: TlsOutcome): void {
    this.#waiting.set(plain, outcome)
    plain.once('close', () => {
      if (!this.#waiting.delete(plain)) return
      outcome.failed(plain.errored ?? new Error('The client left during the handshake'))
    })
    // Who ends during the handshake has left; afterwards it may have more to hear. The secure socket takes it over.
    plain.allowHalfOpen = false
    this.#server.emit('connection', plain)
  }

  /** Undefined: its plain socket is gone, which has been told. */
  #settle(socket: Socket): TlsOutcome | undefined {
    const plain = plainUnder(socket)
    const outcome = plain && this.#waiting.get(plain)
    if (plain !== undefined) this.#waiting.delete(plain)
    return outcome
  }
}

/** What Node knows and does not say. Its address would not do: clients of a Unix socket have none. */
interface Wrapped {
  readonly _handle?: { readonly _parentWrap?: Socket } | null
}

function plainUnder(socket: Socket): Socket | undefined {
  // oxlint-disable-next-line eslint/no-underscore-dangle -- see Wrapped
  return (socket as unknown as Wrapped)._handle?._parentWrap
}
