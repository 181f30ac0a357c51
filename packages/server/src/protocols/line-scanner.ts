import { ANY_LENGTH, checkLength } from './frame-limit.ts'
import type { FrameLimit, FrameScanner } from './protocol.ts'

const LF = 0x0a

/** Frames that end with a line feed, which belongs to them. */
export class LineScanner implements FrameScanner {
  readonly #limit: FrameLimit
  /** Of the line it is in. */
  #seenBytes = 0

  constructor(limit: FrameLimit = ANY_LENGTH) {
    this.#limit = limit
  }

  get isInFrame(): boolean {
    return this.#seenBytes > 0
  }

  scan(bytes: Uint8Array, start: number): number {
    const at = bytes.indexOf(LF, start)
    if (at === -1) return this.#goOn(bytes.length - start)
    checkLength(this.#seenBytes + at + 1 - start, this.#limit)
    this.#seenBytes = 0
    return at + 1
  }

  /** At least the line feed is still to come, unless nothing has. */
  #goOn(length: number): -1 {
    this.#seenBytes += length
    if (this.#seenBytes > 0) checkLength(this.#seenBytes + 1, this.#limit)
    return -1
  }
}
