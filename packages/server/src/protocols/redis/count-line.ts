import { ProtocolError } from '../protocol.ts'

const CR = 0x0d
const LF = 0x0a
const MINUS = 0x2d
const ZERO = 0x30
const QUESTION = 0x3f

/** Counts of more digits are refused: what is left can be doubled and still be counted exactly. */
const MOST_DIGITS = 15

/** What {@link CountLine.value} is for `-1`, nothing, and for `?`, as many as will come. */
export const NOTHING = -1
export const STREAMED = -2

/**
 * The rest of a line that began with a type: a count and `\r\n`, that may come in pieces. Counts have one way to be written:
 * no sign but in `-1`, no zero in front. Servers differ in what else they take, and a count that two read differently makes
 * the end of a frame a matter of opinion.
 */
export class CountLine {
  /** What it says, once it has ended. */
  value = 0
  #digits = 0
  #next: 'any' | 'digits' | 'one' | 'cr' | 'lf' = 'any'

  /** Answers the index behind the line, or -1 when that is not here yet. */
  scan(bytes: Uint8Array, start: number): number {
    for (let at = start; at < bytes.length; at++) {
      if (this.#take(bytes[at] ?? 0)) return at + 1
    }
    return -1
  }

  /** Answers whether that was the last byte. */
  #take(byte: number): boolean {
    if (this.#next === 'lf') return this.#end(byte)
    if (byte === CR && (this.#next === 'cr' || this.#next === 'digits')) this.#next = 'lf'
    else if (this.#next === 'any') this.#begin(byte)
    else if (this.#next === 'digits') this.#digit(byte)
    else if (this.#next === 'one' && byte === ZERO + 1) this.#next = 'cr'
    else throw malformed()
    return false
  }

  #begin(byte: number): void {
    this.value = 0
    this.#digits = 0
    if (byte === MINUS) this.#special(NOTHING, 'one')
    else if (byte === QUESTION) this.#special(STREAMED, 'cr')
    else if (byte === ZERO) this.#special(0, 'cr')
    else this.#digit(byte)
  }

  #special(value: number, next: 'one' | 'cr'): void {
    this.value = value
    this.#next = next
  }

  #digit(byte: number): void {
    const digit = byte - ZERO
    if (digit < 0 || digit > 9) throw malformed()
    if (++this.#digits > MOST_DIGITS) throw new ProtocolError('a count of more than 15 digits', 'too-large')
    this.value = this.value * 10 + digit
    this.#next = 'digits'
  }

  #end(byte: number): true {
    if (byte !== LF) throw malformed()
    this.#next = 'any'
    return true
  }
}

function malformed(): ProtocolError {
  return new ProtocolError('a malformed count')
}
