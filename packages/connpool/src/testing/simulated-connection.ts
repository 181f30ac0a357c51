import type { FakeClock } from './fake-clock.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { SimulatedLink } from './simulated-link.ts'

/** What a simulated server does with one line that a client has sent. Undefined: it says nothing. */
export type SimulatedReply = (request: string, connection: SimulatedConnection) => string | undefined

/** What a connection asks of its server. */
export interface ConnectionHost {
  readonly clock: FakeClock
  readonly random: SeededRandom
  readonly serviceMs: number
  readonly fragmentRatio: number
  readonly isFrozen: boolean
  readonly lingers: boolean
  readonly reply: SimulatedReply
  gone(connection: SimulatedConnection): void
}

/** The server's end of a simulated connection: reads lines, answers each after the server's `serviceMs`, in order. */
export class SimulatedConnection {
  readonly id: number
  readonly #host: ConnectionHost
  readonly #link: SimulatedLink
  #isOpen = true
  #hasClientEnded = false
  #line = ''
  #readyAt = 0
  #heldBack: (() => void)[] = []

  constructor(link: SimulatedLink, host: ConnectionHost) {
    this.id = link.id
    this.#link = link
    this.#host = host
    link.accept({
      received: (bytes) => this.#unlessFrozen(() => this.#received(bytes)),
      ended: () => this.#clientEnded(),
      reset: () => this.#clientReset(),
    })
  }

  /** Whether the server has this connection open. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Whether the client's end has arrived, so that an open connection is one that only the server keeps. */
  get hasClientEnded(): boolean {
    return this.#hasClientEnded
  }

  /** Whether packets were lost, so that the two ends may not agree on anything. */
  get isSevered(): boolean {
    return this.#link.isSevered
  }

  /** Sends bytes, whether anybody asked for them or not; now and then in pieces. */
  send(text: string): void {
    if (!this.#isOpen) return
    const bytes = Buffer.from(text)
    const isWhole = bytes.length < 2 || !this.#host.random.chance(this.#host.fragmentRatio)
    const cut = isWhole ? bytes.length : this.#host.random.whole(1, bytes.length - 1)
    this.#link.serverSends(bytes.subarray(0, cut))
    if (cut < bytes.length) this.#link.serverSends(bytes.subarray(cut))
  }

  /** Closes in good order (FIN): what was sent before still arrives. */
  end(): void {
    if (!this.#leave()) return
    this.#link.serverCloses()
  }

  /** Breaks off (RST). */
  reset(): void {
    if (!this.#leave()) return
    this.#link.serverResets()
  }

  /** What came while the server was frozen is handled now. */
  thaw(): void {
    const heldBack = this.#heldBack
    this.#heldBack = []
    for (const handle of heldBack) handle()
  }

  #received(bytes: Buffer): void {
    this.#link.serverAcknowledges(bytes.length)
    const lines = (this.#line + bytes.toString()).split('\n')
    this.#line = lines.pop() ?? ''
    for (const line of lines) this.#serve(line)
  }

  #clientEnded(): void {
    this.#hasClientEnded = true
    this.#unlessFrozen(() => {
      if (!this.#host.lingers) this.end()
    })
  }

  #clientReset(): void {
    this.#hasClientEnded = true
    this.#leave()
  }

  #serve(request: string): void {
    const { clock, serviceMs } = this.#host
    this.#readyAt = Math.max(this.#readyAt, clock.now()) + serviceMs
    clock.elsewhereAt(this.#readyAt, () => {
      this.#unlessFrozen(() => {
        const reply = this.#isOpen ? this.#host.reply(request, this) : undefined
        if (reply !== undefined) this.send(`${reply}\n`)
      })
    })
  }

  #unlessFrozen(handle: () => void): void {
    if (this.#host.isFrozen) this.#heldBack.push(handle)
    else handle()
  }

  /** False when it had left before. */
  #leave(): boolean {
    if (!this.#isOpen) return false
    this.#isOpen = false
    this.#heldBack = []
    this.#host.gone(this)
    return true
  }
}
