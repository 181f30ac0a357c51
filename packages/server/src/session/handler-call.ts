import type { Handler, HandlerReply } from '../handler.ts'
import type { FramedProtocol } from '../protocols/protocol.ts'
import type { RefusalReason } from '../refusal.ts'
import type { Call, Caller } from './call.ts'
import type { CallContext } from './handler-context.ts'
import type { Lending } from './lending.ts'
import { Turn, type TurnTaker } from './turn.ts'

/** The right to run a handler. */
export type Slot = 'slot'

export interface HandlerCallOptions {
  readonly protocol: FramedProtocol
  readonly handle: Handler
  readonly lending: Lending<Slot>
  readonly frame: Buffer
  readonly caller: Caller
  /** What the handler may use; ends with the call. */
  readonly context: (signal: AbortSignal) => CallContext
  /** A handler has thrown. */
  readonly failed: (error: unknown) => void
}

/**
 * One request that a handler answers, in a slot of its own. When its time is up its signal is aborted and the slot is given
 * on at once: a handler that does not listen keeps nobody waiting.
 */
export class HandlerCall implements Call, TurnTaker<Slot> {
  readonly #options: HandlerCallOptions
  readonly #turn: Turn<Slot>
  readonly #abort = new AbortController()
  #caller: Caller | undefined

  constructor(options: HandlerCallOptions) {
    this.#options = options
    this.#caller = options.caller
    this.#turn = new Turn(options.lending, this)
  }

  get phase(): Call['phase'] {
    return this.#turn.phase
  }

  begin(): void {
    this.#turn.begin()
  }

  granted(): void {
    void this.#run()
  }

  refused(reason: RefusalReason): void {
    this.#fail(reason)
  }

  timeUp(): void {
    this.#stop('timeout')
    this.#fail('timeout')
  }

  abandon(): void {
    this.#caller = undefined
    this.#stop('gone')
  }

  /** A reply is handed over whole. */
  clientWritable(): void {}

  #stop(why: 'timeout' | 'gone'): void {
    this.#turn.leave(why)
    this.#abort.abort(new Error(why === 'gone' ? 'The client has gone' : 'The request has taken too long'))
    this.#turn.end('clean')
  }

  async #run(): Promise<void> {
    const { protocol, handle, frame } = this.#options
    const { context, end } = this.#options.context(this.#abort.signal)
    try {
      const payload = Buffer.from(protocol.payload(frame))
      const reply = await handle(payload, context)
      end()
      this.#answer(reply)
    } catch (error) {
      end()
      if (this.#caller !== undefined) this.#options.failed(error)
      this.#turn.end('clean')
      this.#fail('handler-failed')
    }
  }

  #answer(reply: HandlerReply): void {
    const caller = this.#caller
    if (caller === undefined) return
    const framed = reply === undefined ? undefined : this.#frame(bytesOf(reply))
    this.#caller = undefined
    if (framed !== undefined) caller.reply(framed)
    this.#turn.end('clean')
    caller.answered()
  }

  /** The handler may use its memory again at once, and where the frame is its answer as it stands, that is the same. */
  #frame(answer: Uint8Array): Uint8Array {
    const framed = this.#options.protocol.frame(answer)
    return framed.buffer === answer.buffer ? Buffer.from(framed) : framed
  }

  #fail(reason: RefusalReason): void {
    const caller = this.#caller
    this.#caller = undefined
    caller?.failed(reason, { left: 1, isTorn: false })
  }
}

function bytesOf(reply: Exclude<HandlerReply, undefined>): Uint8Array {
  if (typeof reply === 'string') return Buffer.from(reply)
  if (reply instanceof Uint8Array) return reply
  throw new TypeError(`A handler answers bytes, a string or undefined; got ${typeof reply}`)
}
