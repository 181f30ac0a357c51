import type { Socket } from 'node:net'

import type { Lease } from 'connpool'

import type { RefusalReason } from '../refusal.ts'
import { BytePort, type PortUser } from './byte-port.ts'
import type { Conversation } from './conversation.ts'
import type { Lending } from './lending.ts'
import type { Session } from './session.ts'
import type { SessionEnd } from './session-end.ts'
import { Turn, type TurnTaker } from './turn.ts'

/** A connection that was lost between being lent and being used is no loss: nothing was written. So often, then it is one. */
const MOST_TRIES = 3

export interface RelayOptions {
  readonly lending: Lending<Lease<Socket>>
  /** Ask for a connection before the client has sent anything. */
  readonly serverSpeaksFirst: boolean
  /** The first thing the backend is sent, ahead of the client's bytes. */
  readonly preamble: Uint8Array | undefined
  /** What the client has sent already. */
  readonly early?: readonly Buffer[]
}

const REFUSED: Readonly<Partial<Record<RefusalReason, SessionEnd>>> = {
  timeout: 'sC',
  unavailable: 'SC',
  draining: 'KC',
}

const NOTHING: readonly Buffer[] = []

const LETTERS = { queued: 'Q', connecting: 'C', granted: 'D', over: '-' } as const

/**
 * Bytes in both directions, unread, between a client and a connection that is its own until the session ends, and is closed
 * then. Whoever reads slowly slows the other down; either may end its direction first.
 */
export class Relay implements Conversation, TurnTaker<Lease<Socket>> {
  readonly #session: Session
  readonly #options: RelayOptions
  #turn: Turn<Lease<Socket>> | undefined
  #backend: BytePort | undefined
  /** What the client has sent before there was a connection. */
  #early: readonly Buffer[]
  #tries = 0
  #hasClientEnded = false
  #hasBackendEnded = false

  constructor(session: Session, options: RelayOptions) {
    this.#session = session
    this.#options = options
    this.#early = options.early ?? NOTHING
  }

  begin(): void {
    if (this.#options.serverSpeaksFirst || this.#early.length > 0) this.#ask()
    else this.#session.host.deadlines.idle.enter(this.#session)
  }

  take(bytes: Buffer): boolean {
    if (this.#backend !== undefined) {
      this.#session.host.deadlines.idle.enter(this.#session)
      return this.#backend.write(bytes)
    }
    this.#early = [...this.#early, Buffer.from(bytes)]
    if (this.#turn === undefined) this.#ask()
    return this.#isConnected()
  }

  /** A connection that was there at once has taken the early bytes already. */
  #isConnected(): boolean {
    return this.#backend !== undefined
  }

  clientEnded(): void {
    this.#hasClientEnded = true
    const phase = this.#turn?.phase
    if (phase === undefined) this.#session.finish('--')
    else if (phase === 'queued') this.#leave('gone', 'CQ')
    else if (this.#hasBackendEnded) this.#over('--')
    else this.#backend?.socket.end()
  }

  clientWritable(): void {
    this.#backend?.resume()
  }

  clientClosed(): void {
    this.#session.end ??= this.#hasClientEnded && !this.#session.port.socket.errored ? '--' : this.#endBy('C')
    this.#turn?.leave('gone')
    this.#letGo()
  }

  timeUp(): void {
    const phase = this.#turn?.phase
    if (phase === 'queued' || phase === 'connecting') this.#leave('timeout', this.#endBy('s'))
    else this.#cut(this.#endBy('c'))
  }

  drain(): void {
    if (this.#turn === undefined) this.#session.finish('K-')
  }

  granted(lease: Lease<Socket>): void {
    const { connection } = lease
    if (!connection.writable || connection.destroyed) return this.#tryAgain()
    const backend = BytePort.of(connection)
    this.#backend = backend
    this.#session.host.deadlines.idle.enter(this.#session)
    backend.attach(this.#fromBackend())
    if (this.#options.preamble !== undefined) backend.write(this.#options.preamble)
    for (const bytes of this.#early) backend.write(bytes)
    this.#early = NOTHING
    if (this.#hasClientEnded) connection.end()
    backend.resume()
    if (connection.writableLength < connection.writableHighWaterMark) this.#session.port.resume()
  }

  refused(reason: RefusalReason): void {
    this.#session.host.counters.clientRefused(reason)
    this.#cut(REFUSED[reason] ?? 'PQ')
  }

  #ask(): void {
    this.#session.host.deadlines.connection.enter(this.#session)
    this.#turn = new Turn(this.#options.lending, this)
    this.#turn.begin()
  }

  #tryAgain(): void {
    this.#turn?.end('broken')
    if (++this.#tries < MOST_TRIES) this.#ask()
    else this.refused('unavailable')
  }

  /** Made for those who have a backend: idle clients are many, and have none. */
  #fromBackend(): PortUser {
    return {
      take: (bytes) => {
        this.#session.host.deadlines.idle.enter(this.#session)
        return this.#session.write(bytes)
      },
      ended: () => this.#backendEnded(),
      writable: () => this.#session.port.resume(),
      closed: () => {
        if (this.#hasBackendEnded) this.#over('--')
        else this.#cut('SD')
      },
    }
  }

  #backendEnded(): void {
    this.#hasBackendEnded = true
    if (this.#hasClientEnded) this.#over('--')
    else this.#session.port.socket.end()
  }

  /** Both have said all. */
  #over(end: SessionEnd): void {
    this.#letGo()
    this.#session.finish(end)
  }

  #leave(why: 'gone' | 'timeout', end: SessionEnd): void {
    this.#turn?.leave(why)
    this.#cut(end)
  }

  #cut(end: SessionEnd): void {
    this.#letGo()
    this.#session.cut(end)
  }

  #letGo(): void {
    this.#backend?.detach()
    this.#backend = undefined
    this.#turn?.end('broken')
  }

  #endBy(who: 'C' | 'c' | 's'): SessionEnd {
    return `${who}${LETTERS[this.#turn?.phase ?? 'over']}`
  }
}
