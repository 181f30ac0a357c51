import { ANY_LENGTH, checkLength } from '../frame-limit.ts'
import type { FrameLimit, FrameScanner } from '../protocol.ts'
import type { LengthPrefix } from './length-prefix.ts'

/** Frames that begin with their length. What follows on it is counted and not looked at. */
export class PrefixedScanner implements FrameScanner {
  readonly #prefix: LengthPrefix
  readonly #limit: FrameLimit
  /** How many bytes of the prefix have come, and what they say. */
  #prefixBytes = 0
  #length = 0
  /** How much of the frame is still to come, once its prefix has. */
  #leftBytes = 0

  constructor(prefix: LengthPrefix, limit: FrameLimit = ANY_LENGTH) {
    this.#prefix = prefix
    this.#limit = limit
  }

  get isInFrame(): boolean {
    return this.#prefixBytes > 0
  }

  scan(bytes: Uint8Array, start: number): number {
    const at = this.#readPrefix(bytes, start)
    if (this.#prefixBytes < this.#prefix.bytes) return -1
    const end = at + this.#leftBytes
    if (end > bytes.length) {
      this.#leftBytes = end - bytes.length
      return -1
    }
    this.#prefixBytes = 0
    this.#length = 0
    return end
  }

  /** Reads what has come of it, up to its end. Answers where that is. */
  #readPrefix(bytes: Uint8Array, start: number): number {
    if (this.#prefixBytes === this.#prefix.bytes) return start
    let at = start
    while (at < bytes.length && this.#prefixBytes < this.#prefix.bytes) {
      this.#length = this.#prefix.add(this.#length, bytes[at++] ?? 0, this.#prefixBytes++)
    }
    if (this.#prefixBytes === this.#prefix.bytes) this.#begin(this.#prefix.payloadBytes(this.#length))
    return at
  }

  #begin(payloadBytes: number): void {
    checkLength(this.#prefix.bytes + payloadBytes, this.#limit)
    this.#leftBytes = payloadBytes
  }
}
