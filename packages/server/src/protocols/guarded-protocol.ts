import { describe } from '../config/source/describe.ts'
import type { Claim, FramedProtocol, FrameLimit, FrameScanner, Protocol } from './protocol.ts'
import { ProtocolError } from './protocol.ts'

/**
 * A protocol that may be anybody's, with a guard around it: what throws or answers nonsense costs the session that has to
 * do with it, never the process and never another session. Where a question is not answered, the careful answer is taken:
 * a connection that is not shared, a reply that has to come.
 */
export function guardedProtocol(protocol: Protocol, failed: (error: unknown) => void): Protocol {
  return protocol.pooling === 'session' ? protocol : new GuardedProtocol(protocol, failed)
}

class GuardedProtocol implements FramedProtocol {
  readonly pooling = 'exchange'
  readonly #protocol: FramedProtocol
  readonly #failed: (error: unknown) => void

  constructor(protocol: FramedProtocol, failed: (error: unknown) => void) {
    this.#protocol = protocol
    this.#failed = failed
  }

  get name(): string {
    return this.#protocol.name
  }

  requests(limit?: FrameLimit): FrameScanner {
    return this.#scanner(() => this.#protocol.requests(limit))
  }

  replies(): FrameScanner {
    return this.#scanner(() => this.#protocol.replies())
  }

  /** For handlers, which may throw. */
  payload(frame: Uint8Array): Uint8Array {
    return this.#protocol.payload(frame)
  }

  /** For handlers, which may throw. */
  frame(payload: Uint8Array): Uint8Array {
    return bytes('A frame', this.#protocol.frame(payload))
  }

  refusal(refusal: Parameters<FramedProtocol['refusal']>[0]): Uint8Array {
    return this.#ask(() => bytes('A refusal', this.#protocol.refusal(refusal)), NOTHING)
  }

  claim(request: Uint8Array): Claim {
    return this.#ask(() => this.#protocol.claim?.(request) ?? 'share', 'own')
  }

  answer(request: Uint8Array): Uint8Array | undefined {
    return this.#ask(() => {
      const answer = this.#protocol.answer?.(request)
      return answer === undefined ? undefined : bytes('An answer', answer)
    }, undefined)
  }

  hasReply(request: Uint8Array): boolean {
    return this.#ask(() => this.#protocol.hasReply?.(request) ?? true, true)
  }

  #ask<T>(question: () => T, careful: T): T {
    try {
      return question()
    } catch (error) {
      this.#failed(error)
      return careful
    }
  }

  #scanner(make: () => FrameScanner): FrameScanner {
    const scanner = this.#ask<FrameScanner | undefined>(make, undefined)
    return new GuardedScanner(scanner, this.#failed)
  }
}

const NOTHING = new Uint8Array(0)

/** Ends are where bytes are: a scanner that says anything else would be asked for ever. */
class GuardedScanner implements FrameScanner {
  readonly #scanner: FrameScanner | undefined
  readonly #failed: (error: unknown) => void

  constructor(scanner: FrameScanner | undefined, failed: (error: unknown) => void) {
    this.#scanner = scanner
    this.#failed = failed
  }

  get isInFrame(): boolean {
    return this.#scanner?.isInFrame ?? false
  }

  scan(bytes: Uint8Array, start: number): number {
    try {
      const end = this.#scanner?.scan(bytes, start)
      if (end === -1 || (end !== undefined && Number.isInteger(end) && end > start && end <= bytes.length)) return end
      throw new TypeError(`A scanner answers -1 or an index from ${start + 1} to ${bytes.length}; got ${end}`)
    } catch (error) {
      if (error instanceof ProtocolError) throw error
      this.#failed(error)
      throw new ProtocolError('The protocol has failed')
    }
  }
}

/** Anything else would be written as it lies in memory. */
function bytes(what: string, given: Uint8Array): Uint8Array {
  if (given instanceof Uint8Array) return given
  throw new TypeError(`${what} is bytes; got ${describe(given)}`)
}
