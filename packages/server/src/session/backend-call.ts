import type { Socket } from 'node:net'

import type { Lease } from 'connpool'

import { type FramedProtocol, type FrameScanner, ProtocolError } from '../protocols/protocol.ts'
import type { RefusalReason } from '../refusal.ts'
import { BytePort, type PortUser } from './byte-port.ts'
import type { Batch, Call, Caller } from './call.ts'
import { type DeadlineList, type Timed, timer } from './deadline-list.ts'
import type { Lending } from './lending.ts'
import { Turn, type TurnTaker } from './turn.ts'

/** A connection that was lost between being lent and being used is no loss: nothing was written. So often, then it is one. */
const MOST_TRIES = 3

/**
 * Requests that are answered by a backend: one connection is lent for them, they are written in one go, and it goes back when
 * the last byte of the last reply has come, or is closed if it may be in any other state than at rest.
 */
export class BackendCall implements Call, TurnTaker<Lease<Socket>>, PortUser {
  readonly #protocol: FramedProtocol
  readonly #lending: Lending<Lease<Socket>>
  readonly #batch: Batch
  #caller: Caller | undefined
  #turn: Turn<Lease<Socket>>
  #backend: BytePort | undefined
  #scanner: FrameScanner | undefined
  #left: number
  #tries = 0
  /** Its deadline after its client has gone. */
  #orphan: Timed | undefined

  constructor(options: { protocol: FramedProtocol; lending: Lending<Lease<Socket>>; batch: Batch; caller: Caller }) {
    this.#protocol = options.protocol
    this.#lending = options.lending
    this.#batch = options.batch
    this.#caller = options.caller
    this.#left = options.batch.replies
    this.#turn = new Turn(this.#lending, this)
  }

  get phase(): Call['phase'] {
    return this.#turn.phase
  }

  begin(): void {
    this.#turn.begin()
  }

  granted({ connection }: Lease<Socket>): void {
    if (!connection.writable || connection.destroyed) return this.#tryAgain()
    const backend = BytePort.of(connection)
    this.#backend = backend
    this.#scanner = this.#protocol.replies()
    backend.attach(this)
    backend.resume()
    const { frames } = this.#batch
    backend.write(frames.length === 1 && frames[0] !== undefined ? frames[0] : Buffer.concat(frames))
    if (this.#left === 0) this.#answered('clean')
  }

  refused(reason: RefusalReason): void {
    this.#failed(reason)
  }

  take(bytes: Buffer): boolean {
    try {
      return this.#pass(bytes, this.#endOfReplies(bytes))
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#giveUp('backend-lost', error)
      return true
    }
  }

  ended(): void {
    this.#giveUp('backend-lost', new Error('The backend ended the connection before its reply'))
  }

  closed(): void {
    this.#giveUp(
      'backend-lost',
      this.#backend?.socket.errored ?? new Error('The backend closed the connection before its reply'),
    )
  }

  /** Whatever the request is, it has been handed over; the reply says when it was sent. */
  writable(): void {}

  timeUp(): void {
    if (this.phase === 'granted') return this.#giveUp('timeout', new Error('No reply within the time of the request'))
    this.#turn.leave('timeout')
    this.#failed('timeout')
  }

  abandon(deadlines: DeadlineList): void {
    this.#caller = undefined
    if (this.phase !== 'granted') return this.#turn.leave('gone')
    this.#orphan = timer(() => this.#giveUp('timeout', new Error('No reply within the time of the request')))
    deadlines.enter(this.#orphan)
    this.#backend?.resume()
  }

  clientWritable(): void {
    this.#backend?.resume()
  }

  #tryAgain(): void {
    this.#turn.end('broken')
    if (++this.#tries === MOST_TRIES) return this.#failed('unavailable')
    this.#turn = new Turn(this.#lending, this)
    this.#turn.begin()
  }

  /** Where in `bytes` the last reply ends, or their length if that is still to come. */
  #endOfReplies(bytes: Buffer): number {
    let end = 0
    while (this.#left > 0 && end < bytes.length) {
      const next = this.#scanner?.scan(bytes, end) ?? -1
      if (next === -1) return bytes.length
      end = next
      this.#left--
    }
    return end
  }

  /** More than was asked for: whose bytes these are nobody knows, and they go to nobody. */
  #pass(bytes: Buffer, end: number): boolean {
    const hasRoom = this.#caller?.reply(end === bytes.length ? bytes : bytes.subarray(0, end)) ?? true
    if (this.#left > 0) return hasRoom
    this.#answered(end < bytes.length ? 'broken' : 'clean')
    return true
  }

  #answered(how: 'clean' | 'broken'): void {
    const caller = this.#release(how)
    caller?.answered()
  }

  #giveUp(reason: RefusalReason, error: Error): void {
    const isTorn = this.#scanner?.isInFrame ?? false
    const left = this.#left
    this.#release('broken', error)?.failed(reason, { left, isTorn })
  }

  #failed(reason: RefusalReason): void {
    const caller = this.#caller
    this.#caller = undefined
    caller?.failed(reason, { left: this.#left, isTorn: false })
  }

  /** Gives the connection back; whom to tell. */
  #release(how: 'clean' | 'broken', reason?: Error): Caller | undefined {
    const caller = this.#caller
    this.#caller = undefined
    if (this.#orphan !== undefined) this.#orphan.deadlines?.leave(this.#orphan)
    this.#backend?.detach()
    this.#backend = undefined
    this.#turn.end(how, reason)
    return caller
  }
}
