import { latin1 } from '../latin1.ts'

const CR = 0x0d
const ASTERISK = 0x2a
const ZERO = 0x30
const MINUS = 0x2d
/** Longer ones are no command and no option; they are only compared. */
const LONGEST_WORD = 64

/** A whole command of the array form: where its words are, one after the other. */
export class Words {
  readonly #frame: Uint8Array
  #at: number
  #left: number

  constructor(frame: Uint8Array) {
    this.#frame = frame
    this.#at = 1
    this.#left = frame[1] === MINUS ? 0 : this.#number()
  }

  /** The next word in capitals, as a text of one byte a character. Undefined: there are no more. */
  next(): string | undefined {
    if (this.#left === 0) return undefined
    this.#left -= 1
    this.#at += 1
    const length = this.#number()
    const from = this.#at
    this.#at += length + 2
    return latin1(this.#frame, from, from + Math.min(length, LONGEST_WORD)).toUpperCase()
  }

  /** A number and the line break after it. */
  #number(): number {
    let number = 0
    for (; this.#frame[this.#at] !== CR; this.#at++) number = number * 10 + (this.#frame[this.#at] ?? 0) - ZERO
    this.#at += 2
    return number
  }
}

/** Asks: is this a command of the array form, and not a line as people type it? */
export function isArrayForm(frame: Uint8Array): boolean {
  return frame[0] === ASTERISK
}
