import { ProtocolError } from './protocol.ts'

const CR = 0x0d
const LF = 0x0a
/** Of `\r\n`. */
const END_BYTES = 2

/** A known number of bytes and `\r\n`, that may come in pieces. The bytes are not looked at. */
export class Blob {
  /** With the end. */
  #leftBytes = 0

  begin(bytes: number): void {
    this.#leftBytes = bytes + END_BYTES
  }

  /** Answers the index behind it, or -1 when that is not here yet. */
  scan(bytes: Uint8Array, start: number): number {
    const end = start + this.#leftBytes
    const here = Math.min(end, bytes.length)
    this.#checkEnd(bytes, start, here)
    this.#leftBytes = end - here
    return this.#leftBytes === 0 ? here : -1
  }

  /** As much as there is of it from `start` to `here`. */
  #checkEnd(bytes: Uint8Array, start: number, here: number): void {
    const end = start + this.#leftBytes
    for (let at = Math.max(start, end - END_BYTES); at < here; at++) {
      if (bytes[at] !== (at === end - 1 ? LF : CR)) throw new ProtocolError('no line break where one must be')
    }
  }
}
