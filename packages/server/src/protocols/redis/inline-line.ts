import { checkLength } from '../frame-limit.ts'
import { ProtocolError } from '../protocol.ts'

const LF = 0x0a
const CR = 0x0d
const TAB = 0x09
const SPACE = 0x20

/** Longer ones are refused by Redis, which then hangs up. */
const LONGEST = { maxBytes: 65_536 }

/**
 * A command as people type it: a line that ends with `\n` or `\r\n`. Control characters are refused; servers differ in
 * where such a line ends (at a NUL, for one).
 */
export class InlineLine {
  #seenBytes = 0
  #hasReturned = false

  /** Answers the index behind the line, or -1 when that is not here yet. */
  scan(bytes: Uint8Array, start: number): number {
    for (let at = start; at < bytes.length; at++) {
      if (bytes[at] === LF) return this.#end(at + 1 - start, at + 1)
      this.#check(bytes[at] ?? 0)
    }
    this.#seenBytes += bytes.length - start
    checkLength(this.#seenBytes + 1, LONGEST)
    return -1
  }

  #check(byte: number): void {
    if (this.#hasReturned || (byte < SPACE && byte !== TAB && byte !== CR)) {
      throw new ProtocolError('a control character in an inline command')
    }
    this.#hasReturned = byte === CR
  }

  #end(length: number, at: number): number {
    checkLength(this.#seenBytes + length, LONGEST)
    this.#seenBytes = 0
    this.#hasReturned = false
    return at
  }
}
