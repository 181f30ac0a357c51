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
  /** By the peer's address and port, which no two open connections share. */
  readonly #waiting = new Map<string, TlsOutcome>()

  /** @throws what is wrong with the certificates. */
  constructor(settings: ListenerTlsSettings, handshakeTimeoutMs: number) {
    this.#contexts = secureContexts(settings)
    this.#server = createServer({
      ...this.#contexts.options,
      minVersion: settings.minVersion,
      requestCert: settings.clientCertificates !== 'none',
      rejectUnauthorized: settings.clientCertificates === 'required',
      handshakeTimeout: handshakeTimeoutMs,
      allowHalfOpen: true,
      SNICallback: (name, answer) => answer(null, this.#contexts.of(name)),
    })
    this.#server.on('secureConnection', (socket) => this.#settle(socket)?.passed(socket))
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
    const key = keyOf(plain)
    this.#waiting.set(key, outcome)
    plain.once('close', () => {
      if (this.#waiting.delete(key)) outcome.failed(plain.errored ?? new Error('The client left during the handshake'))
    })
    this.#server.emit('connection', plain)
  }

  #settle(socket: Socket): TlsOutcome | undefined {
    const key = keyOf(socket)
    const outcome = this.#waiting.get(key)
    this.#waiting.delete(key)
    return outcome
  }
}

function keyOf({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}
