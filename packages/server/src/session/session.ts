import type { BytePort, PortUser } from './byte-port.ts'
import type { Conversation } from './conversation.ts'
import type { DeadlineList, Timed } from './deadline-list.ts'
import type { SessionEnd } from './session-end.ts'
import type { SessionHost } from './session-host.ts'

let lastId = 0

/**
 * One client's socket for its whole life: what is written to it, how and why it ends, and its deadline. What is done with
 * its bytes is its conversation's business.
 */
export class Session implements PortUser, Timed {
  readonly id: number = ++lastId
  readonly host: SessionHost
  readonly port: BytePort
  readonly remote: RemoteAddress
  readonly startedAt: number
  conversation: Conversation | undefined
  bytesIn = 0
  bytesOut = 0
  requests = 0
  /** Known once it is over; the socket may be open a little longer. */
  end: SessionEnd | undefined
  /** It has said goodbye. */
  #goodbyeAt: number | undefined
  dueAt = 0
  deadlines: DeadlineList | undefined
  earlier: Timed | undefined
  later: Timed | undefined

  constructor(host: SessionHost, port: BytePort, remote: RemoteAddress) {
    this.host = host
    this.port = port
    this.remote = remote
    this.startedAt = host.clock.now()
  }

  /** The client is let in: it reads from now on. */
  start(conversation: Conversation): void {
    this.conversation = conversation
    this.port.attach(this)
    conversation.begin()
    this.port.resume()
  }

  /** False: the client does not read fast enough; the conversation's `clientWritable()` will tell. */
  write(bytes: Uint8Array): boolean {
    this.bytesOut += bytes.length
    this.host.counters.bytesOut += bytes.length
    return this.port.write(bytes)
  }

  /** Says goodbye after what was written: the client sees all of it, and then the end. */
  finish(end: SessionEnd): void {
    if (this.end !== undefined) return
    this.#over(end)
    this.port.end()
    this.port.resume()
    this.host.deadlines.linger.enter(this)
  }

  /** Resets: what was not sent is lost, and the client sees an error, not an end. */
  cut(end: SessionEnd): void {
    this.end ??= end
    this.conversation = undefined
    this.port.reset()
  }

  /** An operator cuts it: what was under way for it is given up. False: it was over already, but for its goodbye. */
  interrupt(): boolean {
    const { conversation } = this
    if (this.#isLeaving()) {
      this.#cutOff('KD')
      return true
    }
    this.cut(`K${conversation?.phase ?? '-'}`)
    conversation?.clientClosed()
    return conversation !== undefined
  }

  take(bytes: Buffer): boolean {
    this.bytesIn += bytes.length
    this.host.counters.bytesIn += bytes.length
    return this.conversation?.take(bytes) ?? true
  }

  ended(): void {
    this.conversation?.clientEnded()
  }

  writable(): void {
    this.conversation?.clientWritable()
  }

  closed(): void {
    this.deadlines?.leave(this)
    const { conversation } = this
    this.conversation = undefined
    conversation?.clientClosed()
    this.end ??= this.port.error ? 'C-' : '--'
    this.host.sessionClosed(this)
  }

  expire(): void {
    if (this.conversation !== undefined) return this.conversation.timeUp()
    if (!this.#isLeaving()) return this.port.destroy()
    const { clock, deadlines } = this.host
    // A client that reads slowly has as long for the rest as one that is silent.
    if (clock.now() - (this.#goodbyeAt ?? 0) < deadlines.idle.durationMs) deadlines.linger.enter(this)
    else this.#cutOff('cD')
  }

  /** Asks: is some of what was written ahead of its goodbye still here? */
  #isLeaving(): boolean {
    return this.#goodbyeAt !== undefined && this.port.unsentBytes > 0
  }

  /** Its client has not taken all, and sees that. */
  #cutOff(end: SessionEnd): void {
    this.end = end
    this.#goodbyeAt = undefined
    this.port.reset()
  }

  #over(end: SessionEnd): void {
    this.end = end
    this.#goodbyeAt = this.host.clock.now()
    this.conversation = undefined
  }
}

/** Whom the session is with. Undefined for a Unix socket. */
export interface RemoteAddress {
  readonly address: string | undefined
  readonly port: number | undefined
}
