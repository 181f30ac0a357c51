import { ProtocolError } from '../protocol.ts'

const CR = 0x0d
const LF = 0x0a

/** Any bytes but line breaks, and `\r\n`, that may come in pieces. */
export class TextLine {
  #hasReturned = false

  /** Answers the index behind the line, or -1 when that is not here yet. */
  scan(bytes: Uint8Array, start: number): number {
    for (let at = start; at < bytes.length; at++) {
      const byte = bytes[at]
      if (this.#hasReturned || byte === LF) return this.#end(byte, at)
      if (byte === CR) this.#hasReturned = true
    }
    return -1
  }

  #end(byte: number | undefined, at: number): number {
    if (byte !== LF || !this.#hasReturned) throw new ProtocolError('half a line break')
    this.#hasReturned = false
    return at + 1
  }
}
