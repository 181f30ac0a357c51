import { Duplex } from 'node:stream'

import { networkError } from './network-error.ts'

/**
 * A connection without a network: a stream as a socket is one, with the server's end in the test's hands.
 *
 * What the code under test writes is kept in `written`; the test answers by `say()`, and makes trouble by `hangUp()`,
 * `kill()` and `goSilent()`. `end()` is answered by the other side, as by a polite server.
 */
export class FakeConnection extends Duplex {
  /** 1 for the first connection of its dialer, and so on. */
  readonly id: number
  readonly #reply: ((request: string) => string | undefined) | undefined
  #written = ''
  #isSilent = false

  constructor(id: number, reply?: (request: string) => string | undefined) {
    super({ allowHalfOpen: false })
    this.id = id
    this.#reply = reply
  }

  /** Everything written to it so far, as text. */
  get written(): string {
    return this.#written
  }

  /** The server says something: a reply, or bytes that nobody asked for. */
  say(bytes: string | Uint8Array): void {
    if (!this.#isDeaf()) this.push(bytes)
  }

  /** The server ends its side (FIN). */
  hangUp(): void {
    if (this.#isDeaf()) return
    this.push(null)
    this.read(0)
  }

  /** The connection breaks (RST): it is destroyed with `error`, by default an `ECONNRESET`. */
  kill(error: Error = networkError('ECONNRESET', 'read')): void {
    this.destroy(error)
  }

  /** From now on nothing arrives any more, and `end()` is not answered: a cable that was cut. */
  goSilent(): void {
    this.#isSilent = true
  }

  override _read(): void {
    // Bytes come when the test says so.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const request = chunk.toString()
    this.#written += request
    done()
    const reply = this.#reply?.(request)
    if (reply !== undefined) process.nextTick(() => this.say(reply))
  }

  override _final(done: (error?: Error | null) => void): void {
    done()
    process.nextTick(() => this.hangUp())
  }

  #isDeaf(): boolean {
    return this.#isSilent || this.destroyed || this.readableEnded
  }
}
