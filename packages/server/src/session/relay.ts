import type { Lease } from 'connpool'

import type { RefusalReason } from '../refusal.ts'
import type { BytePort, PortUser } from './byte-port.ts'
import type { Conversation } from './conversation.ts'
import { type Timed, timer } from './deadline-list.ts'
import type { Lending } from './lending.ts'
import { type Backend, portOf } from './port-of.ts'
import type { Session } from './session.ts'
import type { SessionEnd, SessionPhase } from './session-end.ts'
import { letterOf, Turn, type TurnTaker } from './turn.ts'

/** A connection that was lost between being lent and being used is no loss: nothing was written. So often, then it is one. */
const MOST_TRIES = 3

export interface RelayOptions {
  readonly lending: Lending<Lease<Backend>>
  /** Ask for a connection before the client has sent anything. */
  readonly serverSpeaksFirst: boolean
  /** The first thing the backend is sent, ahead of the client's bytes. */
  readonly preamble: Uint8Array | undefined
  /** What the client has sent already. */
  readonly early?: readonly Buffer[]
  /** What a client is told who gets no connection. Left out, it is reset. */
  readonly refusal?: (reason: RefusalReason) => Uint8Array
}

/** So much is kept for the backend; then the client is not read any more. Until then it is noticed when it goes. */
const MOST_EARLY_BYTES = 64 * 1024

const REFUSED: Readonly<Partial<Record<RefusalReason, SessionEnd>>> = {
  timeout: 'sC',
  unavailable: 'SC',
  draining: 'KC',
}

/**
 * Bytes in both directions, unread, between a client and a connection that is its own until the session ends, and is closed
 * then. Whoever reads slowly slows the other down; either may end its direction first.
 */
export class Relay implements Conversation, TurnTaker<Lease<Backend>> {
  readonly #session: Session
  readonly #options: RelayOptions
  #turn: Turn<Lease<Backend>> | undefined
  #backend: BytePort | undefined
  /** What the client has sent before there was a connection. */
  #early: Buffer[] | undefined
  #earlyBytes = 0
  #tries = 0
  #hasClientEnded = false
  #hasBackendEnded = false
  /** The client has gone in peace, and its last bytes are on their way: the backend may take so long to take them. */
  #flushing: Timed | undefined

  constructor(session: Session, options: RelayOptions) {
    this.#session = session
    this.#options = options
    this.#early = options.early === undefined ? undefined : [...options.early]
  }

  get phase(): SessionPhase {
    return letterOf(this.#turn?.phase ?? 'over')
  }

  begin(): void {
    if (this.#options.serverSpeaksFirst || this.#early !== undefined) this.#ask()
    else this.#session.host.deadlines.idle.enter(this.#session)
  }

  take(bytes: Buffer): boolean {
    if (this.#backend !== undefined) {
      this.#session.host.deadlines.idle.enter(this.#session)
      return this.#backend.write(bytes)
    }
    this.#early ??= []
    this.#early.push(Buffer.from(bytes))
    this.#earlyBytes += bytes.length
    if (this.#turn === undefined) this.#ask()
    return this.#earlyBytes < MOST_EARLY_BYTES
  }

  clientEnded(): void {
    this.#hasClientEnded = true
    const phase = this.#turn?.phase
    if (phase === undefined) this.#session.finish('--')
    else if (phase === 'queued') this.#leave('CQ')
    else this.#backend?.end()
  }

  clientWritable(): void {
    this.#backend?.resume()
  }

  clientClosed(): void {
    const isDone = this.#hasClientEnded && this.#session.port.error === undefined
    this.#session.end ??= isDone ? '--' : this.#endBy('C')
    this.#turn?.leave('gone')
    if (isDone && this.#hasBackendEnded) this.#flush()
    else this.#letGo()
  }

  #flush(): void {
    this.#flushing = timer(() => this.#letGo())
    this.#session.host.deadlines.linger.enter(this.#flushing)
  }

  timeUp(): void {
    const phase = this.#turn?.phase
    if (phase === undefined) return this.#session.finish('c-')
    if (phase === 'granted') return this.#cut('cD')
    const end = this.#endBy('s')
    this.#turn?.leave('timeout')
    this.#refuse('timeout', end)
  }

  drain(): void {
    if (this.#turn === undefined) this.#session.finish('K-')
  }

  granted(lease: Lease<Backend>): void {
    const backend = portOf(lease.connection)
    if (!backend.isWritable) return this.#tryAgain()
    this.#backend = backend
    this.#session.host.deadlines.idle.enter(this.#session)
    backend.attach(this.#fromBackend())
    if (this.#options.preamble !== undefined) backend.write(this.#options.preamble)
    for (const bytes of this.#early ?? []) backend.write(bytes)
    this.#early = undefined
    this.#earlyBytes = 0
    if (this.#hasClientEnded) backend.end()
    backend.resume()
    if (!backend.isFull) this.#session.port.resume()
  }

  refused(reason: RefusalReason): void {
    this.#refuse(reason, REFUSED[reason] ?? 'PQ')
  }

  #refuse(reason: RefusalReason, end: SessionEnd): void {
    this.#session.host.counters.clientRefused(reason)
    const { refusal } = this.#options
    if (refusal === undefined) return this.#cut(end)
    this.#session.write(refusal(reason))
    this.#over(end)
  }

  #ask(): void {
    this.#session.host.deadlines.connection.enter(this.#session)
    this.#turn = new Turn(this.#options.lending, this)
    this.#turn.begin()
  }

  #tryAgain(): void {
    this.#turn?.end('broken')
    if (++this.#tries < MOST_TRIES && this.#options.lending.mayRetry()) this.#ask()
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
        if (this.#hasBackendEnded) this.#over(this.#backend?.error ? 'SD' : '--')
        else this.#cut('SD')
      },
    }
  }

  #backendEnded(): void {
    this.#hasBackendEnded = true
    this.#session.port.end()
  }

  /** Both have said all. */
  #over(end: SessionEnd): void {
    this.#letGo()
    this.#session.finish(end)
  }

  #leave(end: SessionEnd): void {
    this.#turn?.leave('gone')
    this.#cut(end)
  }

  #cut(end: SessionEnd): void {
    this.#letGo()
    this.#session.cut(end)
  }

  #letGo(): void {
    if (this.#flushing !== undefined) this.#flushing.deadlines?.leave(this.#flushing)
    this.#backend?.detach()
    this.#backend?.reset()
    this.#backend = undefined
    this.#turn?.end('broken')
  }

  #endBy(who: 'C' | 'c' | 's'): SessionEnd {
    return `${who}${this.phase}`
  }
}
