import type { BytePort, PortUser } from '../session/byte-port.ts'
import type { FramedProtocol, FrameScanner, Ping } from '../protocols/protocol.ts'

/** A healthy reply is short. */
const MOST_REPLY_BYTES = 4096

/**
 * One request and its reply, on a connection that nobody else uses meanwhile. Resolves with whether the reply is as it must
 * be, whole, and all that came; false too when the connection ends or `signal` is aborted. Rejects with what the protocol
 * throws.
 */
export function pingBackend(
  port: BytePort,
  { ping, protocol }: { readonly ping: Ping; readonly protocol: FramedProtocol },
  signal: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => call.settle(() => resolve(false))
    const call = new PingCall(
      port,
      { ping, replies: protocol.replies() },
      {
        done: (isHealthy) => resolve(isHealthy),
        failed: reject,
        over: () => signal.removeEventListener('abort', aborted),
      },
    )
    signal.addEventListener('abort', aborted, { once: true })
    if (signal.aborted) aborted()
    else call.begin()
  })
}

interface Outcome {
  done(isHealthy: boolean): void
  failed(error: unknown): void
  /** After one of them. */
  over(): void
}

class PingCall implements PortUser {
  readonly #port: BytePort
  readonly #ping: Ping
  readonly #replies: FrameScanner
  readonly #outcome: Outcome
  #reply: Buffer = Buffer.alloc(0)
  /** The reply may come before the request is known to have gone out. */
  #isSent = false
  #isWhole = false
  #isOver = false

  constructor(port: BytePort, { ping, replies }: { ping: Ping; replies: FrameScanner }, outcome: Outcome) {
    this.#port = port
    this.#ping = ping
    this.#replies = replies
    this.#outcome = outcome
  }

  begin(): void {
    this.#port.attach(this)
    this.#port.resume()
    this.#port.write(this.#ping.request, (error) => this.#sent(error))
  }

  take(bytes: Buffer): boolean {
    // What comes before the question has gone out answers nothing.
    if (!this.#isOver && this.#port.withdraw()) this.#answer(false)
    if (!this.#isOver) this.#guard(() => this.#read(bytes))
    return true
  }

  ended(): void {
    this.#answer(false)
  }

  writable(): void {}

  closed(): void {
    this.#answer(false)
  }

  settle(tell: () => void): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#port.detach()
    tell()
    this.#outcome.over()
  }

  #read(bytes: Buffer): void {
    if (this.#isWhole || this.#reply.length + bytes.length > MOST_REPLY_BYTES) return this.#answer(false)
    this.#reply = Buffer.concat([this.#reply, bytes])
    const end = this.#replies.scan(bytes, 0)
    if (end === -1) return
    if (end < bytes.length) return this.#answer(false)
    this.#isWhole = true
    this.#conclude()
  }

  #sent(error: Error | null | undefined): void {
    this.#isSent = true
    if (error) this.#answer(false)
    else this.#guard(() => this.#conclude())
  }

  #conclude(): void {
    if (this.#isSent && this.#isWhole && !this.#isOver) this.#answer(this.#ping.isHealthy(this.#reply))
  }

  /** The protocol may be anybody's. */
  #guard(act: () => void): void {
    try {
      act()
    } catch (error) {
      this.settle(() => this.#outcome.failed(error))
    }
  }

  #answer(isHealthy: boolean): void {
    this.settle(() => this.#outcome.done(isHealthy))
  }
}
