import type { Lease } from 'connpool'

import { type FramedProtocol, type FrameScanner, ProtocolError } from '../protocols/protocol.ts'
import type { RefusalReason } from '../refusal.ts'
import type { BytePort, PortUser } from './byte-port.ts'
import type { Batch, Call, Caller } from './call.ts'
import { type DeadlineList, type Timed, timer } from './deadline-list.ts'
import type { Lending } from './lending.ts'
import { type Backend, portOf } from './port-of.ts'
import { Turn, type TurnTaker } from './turn.ts'

/** A connection that was lost between being lent and being used is no loss: nothing was written. So often, then it is one. */
const MOST_TRIES = 3

/**
 * Requests that are answered by a backend: one connection is lent for them, they are written in one go, and it goes back when
 * the last byte of the last reply has come, or is closed if it may be in any other state than at rest.
 */
export class BackendCall implements Call, TurnTaker<Lease<Backend>>, PortUser {
  readonly #protocol: FramedProtocol
  readonly #lending: Lending<Lease<Backend>>
  readonly #batch: Batch
  #caller: Caller | undefined
  #turn: Turn<Lease<Backend>>
  #backend: BytePort | undefined
  #scanner: FrameScanner | undefined
  #left: number
  /** Asks: has the caller a part of a reply? */
  #isTorn = false
  /** Asks: does the client take what it is sent? If not, being late is no fault of the backend's. */
  #hasRoom = true
  #tries = 0
  /** Its deadline after its client has gone. */
  #orphan: Timed | undefined

  constructor(options: { protocol: FramedProtocol; lending: Lending<Lease<Backend>>; batch: Batch; caller: Caller }) {
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

  granted({ connection }: Lease<Backend>): void {
    const backend = portOf(connection)
    if (!backend.isWritable) return this.#tryAgain()
    this.#backend = backend
    this.#scanner = this.#protocol.replies()
    backend.attach(this)
    backend.resume()
    const { frames } = this.#batch
    const bytes = frames.length === 1 && frames[0] !== undefined ? frames[0] : Buffer.concat(frames)
    if (this.#left > 0) backend.write(bytes)
    else backend.write(bytes, (error) => this.#sent(error))
  }

  refused(reason: RefusalReason): void {
    this.#failed(reason)
  }

  take(bytes: Buffer): boolean {
    if (this.#withdraws()) return true
    let end = 0
    try {
      while (this.#left > 0 && end < bytes.length) {
        const next = this.#scanner?.scan(bytes, end) ?? -1
        if (next === -1) return this.#passPart(bytes)
        end = next
        this.#left--
        this.#isTorn = false
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      if (end > 0) this.#caller?.reply(bytes.subarray(0, end))
      this.#giveUp('backend-lost', error)
      return true
    }
    return this.#pass(bytes, end)
  }

  ended(): void {
    if (this.#withdraws()) return
    this.#giveUp('backend-lost', new Error('The backend ended the connection before its reply'))
  }

  closed(): void {
    if (this.#withdraws()) return
    this.#giveUp(
      'backend-lost',
      this.#backend?.error ?? new Error('The backend closed the connection before its reply'),
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
    this.#hasRoom = true
    if (this.phase !== 'granted') return this.#turn.leave('gone')
    if (this.#backend?.withdraw() === true) return void this.#release('clean')
    this.#orphan = timer(() => this.#giveUp('timeout', new Error('No reply within the time of the request')))
    deadlines.enter(this.#orphan)
    this.#backend?.resume()
  }

  clientWritable(): void {
    this.#hasRoom = true
    this.#backend?.resume()
  }

  /**
   * Something came, or the connection went, while the request still waited for the end of the turn: that is no answer to it,
   * and it can go to another.
   */
  #withdraws(): boolean {
    const backend = this.#backend
    if (backend?.withdraw() !== true) return false
    backend.detach()
    backend.reset()
    this.#backend = undefined
    this.#tryAgain()
    return true
  }

  #tryAgain(): void {
    this.#turn.end('broken')
    if (++this.#tries === MOST_TRIES || !this.#lending.mayRetry()) return this.#failed('unavailable')
    this.#turn = new Turn(this.#lending, this)
    this.#turn.begin()
  }

  /** Requests that have no reply are done when they have gone out: a connection with unsent bytes would be closed. */
  #sent(error: Error | null | undefined): void {
    if (this.phase === 'granted' && !error) this.#answered('clean')
  }

  /** The last reply has begun, and its end is still to come. */
  #passPart(bytes: Buffer): boolean {
    this.#isTorn = true
    this.#hasRoom = this.#caller?.reply(bytes) ?? true
    return this.#hasRoom
  }

  /** More than was asked for: whose bytes these are nobody knows, and they go to nobody. */
  #pass(bytes: Buffer, end: number): boolean {
    this.#hasRoom = (end === 0 ? undefined : this.#caller?.reply(bytes.subarray(0, end))) ?? true
    if (this.#left > 0) return this.#hasRoom
    this.#answered(end < bytes.length ? 'broken' : 'clean')
    return true
  }

  #answered(how: 'clean' | 'broken'): void {
    const caller = this.#release(how)
    caller?.answered()
  }

  #giveUp(reason: RefusalReason, error: Error): void {
    const isTorn = this.#isTorn
    const left = this.#left
    this.#release('broken', this.#hasRoom ? error : undefined)?.failed(reason, { left, isTorn })
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
    if (how === 'broken') this.#backend?.reset()
    this.#backend = undefined
    this.#turn.end(how, reason)
    return caller
  }
}
