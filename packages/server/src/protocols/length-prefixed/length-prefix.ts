import { ProtocolError } from '../protocol.ts'

export interface LengthPrefixOptions {
  readonly bytes?: 1 | 2 | 4 | 8 | undefined
  readonly endian?: 'big' | 'little' | undefined
  readonly includesLength?: boolean | undefined
}

/** How a frame's length is written in front of it. */
export class LengthPrefix {
  readonly bytes: 1 | 2 | 4 | 8
  readonly #isLittle: boolean
  readonly #own: number
  readonly #greatest: number

  constructor({ bytes = 4, endian = 'big', includesLength = false }: LengthPrefixOptions) {
    this.bytes = bytes
    this.#isLittle = endian === 'little'
    this.#own = includesLength ? bytes : 0
    this.#greatest = Math.min(2 ** (8 * bytes) - 1, Number.MAX_SAFE_INTEGER)
  }

  /** The length so far, with the next byte of it: the one at `index`. Loses precision only where it is too great anyway. */
  add(length: number, byte: number, index: number): number {
    return this.#isLittle ? length + byte * 256 ** index : length * 256 + byte
  }

  /**
   * How many bytes follow on a prefix that says `length`.
   *
   * @throws ProtocolError where it counts itself and does not, or is more than can be counted exactly.
   */
  payloadBytes(length: number): number {
    if (length < this.#own) throw new ProtocolError(`a length of ${length}, which counts its own ${this.#own} bytes`)
    if (length > Number.MAX_SAFE_INTEGER - this.bytes) throw new ProtocolError('a length beyond 2^53', 'too-large')
    return length - this.#own
  }

  /** @throws ProtocolError when the prefix has no room for a length like that. */
  of(payloadBytes: number): Uint8Array {
    const length = payloadBytes + this.#own
    if (length > this.#greatest) throw new ProtocolError(`${payloadBytes} bytes are too many for this prefix`)
    const written = new Uint8Array(this.bytes)
    let rest = length
    for (let index = 0; index < this.bytes; index++) {
      written[this.#isLittle ? index : this.bytes - 1 - index] = rest % 256
      rest = Math.floor(rest / 256)
    }
    return written
  }

  /** As much of a text as a frame can take, in whole characters. */
  cut(text: string): Uint8Array {
    const room = new Uint8Array(Math.min(this.#greatest - this.#own, 3 * text.length))
    return room.subarray(0, new TextEncoder().encodeInto(text, room).written)
  }
}
