import { Duplex } from 'node:stream'

import type { FakeClock } from './fake-clock.ts'
import { networkError } from './network-error.ts'
import type { SimulatedLink } from './simulated-link.ts'

type Arrival = Buffer | 'end' | 'reset'

/**
 * The client's end of a simulated connection: a real `stream.Duplex` that behaves as `net.Socket` does where a pool can
 * tell. It reads from the moment it is connected until its buffer is full; an end or a reset is seen only while it
 * reads; a reset destroys it with `ECONNRESET`; it ends its side when the server has ended the other.
 */
export class SimulatedSocket extends Duplex {
  /** The number of its connection; the server's end has the same. */
  readonly id: number
  connecting = true
  /** What `setTimeout` was last told, in milliseconds; 0 is off. It is remembered, and never fires. */
  timeout = 0
  /** Whether the socket would keep the process alive. */
  hasRef = true
  readonly #clock: FakeClock
  readonly #link: SimulatedLink
  readonly #arrivals: Arrival[] = []
  readonly #unsent: (() => void)[] = []
  #isReading = false
  #isBroken = false
  #hasEnded = false
  #isLost = false
  #onWritable: (() => void) | undefined

  constructor(link: SimulatedLink, clock: FakeClock) {
    super({ allowHalfOpen: false })
    this.id = link.id
    this.#clock = clock
    this.#link = link
    link.connect({
      connected: () => this.#connected(),
      refused: () => this.destroy(networkError('ECONNREFUSED', 'connect')),
      received: (bytes) => this.#arrive(bytes),
      ended: () => this.#arrive('end'),
      reset: () => this.#arrive('reset'),
      acknowledged: () => this.#acknowledged(),
    })
  }

  /** Bytes that have arrived and that no `read` has asked for yet; the stream's own buffer comes before them. */
  get arrivedBytes(): number {
    return this.#arrivals.reduce((sum, arrival) => sum + (typeof arrival === 'string' ? 0 : arrival.length), 0)
  }

  /** Whether the server may never learn what became of this socket, because packets were lost. */
  get isSevered(): boolean {
    return this.#link.isSevered
  }

  /** Whether the server's end or reset has come, be it that nobody has read up to it. */
  get isLost(): boolean {
    return this.#isLost
  }

  ref(): this {
    this.hasRef = true
    return this
  }

  unref(): this {
    this.hasRef = false
    return this
  }

  setTimeout(timeoutMs: number, listener?: () => void): this {
    this.timeout = timeoutMs
    if (listener !== undefined) this.once('timeout', listener)
    return this
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  /** Closes by a reset instead of an end. */
  resetAndDestroy(): this {
    this.#farewell('reset')
    return this.destroy()
  }

  override _read(): void {
    if (this.#isReading || this.connecting) return
    this.#isReading = true
    // As from the kernel: what has arrived comes with the next look at the network, not within this call.
    if (this.#arrivals.length > 0) this.#clock.arriveAt(this.#clock.now(), () => this.#deliver())
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#whenConnected(() => {
      if (this.#isBroken) {
        done(networkError('EPIPE', 'write'))
        return
      }
      this.#link.clientSends(chunk)
      this.#onWritable = done
      this.#acknowledged()
    })
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#whenConnected(() => {
      this.#hasEnded = true
      if (!this.#isBroken) this.#link.clientEnds()
      done()
    })
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#unsent.length = 0
    this.#onWritable = undefined
    this.#farewell(this.arrivedBytes > 0 ? 'reset' : 'end')
    done(error)
  }

  #connected(): void {
    this.connecting = false
    this.emit('connect')
    for (const send of this.#unsent.splice(0)) send()
    if (!this.destroyed && !this.isPaused()) this.read(0)
  }

  #whenConnected(send: () => void): void {
    if (this.connecting) this.#unsent.push(send)
    else send()
  }

  #farewell(wish: 'end' | 'reset'): void {
    const hasNothingToSay = this.connecting || this.#isBroken || (wish === 'end' && this.#hasEnded)
    this.#isBroken = true
    this.#link.clientCloses(hasNothingToSay ? 'nothing' : wish)
  }

  #arrive(arrival: Arrival): void {
    if (arrival === 'reset') this.#isBroken = true
    this.#arrivals.push(arrival)
    this.#deliver()
  }

  #deliver(): void {
    while (this.#isReading && !this.destroyed) {
      const arrival = this.#arrivals.shift()
      if (arrival === undefined) return
      this.#isLost ||= arrival === 'end' || arrival === 'reset'
      if (arrival === 'reset') this.destroy(networkError('ECONNRESET', 'read'))
      else if (arrival === 'end') this.#endOfStream()
      else this.#isReading = this.push(arrival)
    }
  }

  #endOfStream(): void {
    if (this.readableEnded) return
    this.push(null)
    this.read(0)
  }

  #acknowledged(): void {
    if (this.#link.isFull) return
    const writable = this.#onWritable
    this.#onWritable = undefined
    writable?.()
  }
}
