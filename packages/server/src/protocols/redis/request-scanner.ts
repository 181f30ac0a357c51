import { ANY_LENGTH, checkLength } from '../frame-limit.ts'
import { type FrameLimit, type FrameScanner, ProtocolError } from '../protocol.ts'
import { Blob } from '../blob.ts'
import { CountLine } from './count-line.ts'
import { InlineLine } from './inline-line.ts'

const ASTERISK = 0x2a
const DOLLAR = 0x24
/** More words are refused by Redis. */
const MOST_WORDS = 2 ** 31 - 1
/** The shortest word: `$0\r\n\r\n`. */
const WORD_BYTES = 6
/** Of the end of a word. */
const END_BYTES = 2

/** Redis commands: an array of words, or a line as people type it. */
export class RedisRequestScanner implements FrameScanner {
  readonly #limit: FrameLimit
  readonly #count: CountLine = new CountLine()
  readonly #blob: Blob = new Blob()
  readonly #inline: InlineLine = new InlineLine()
  #next: 'type' | 'inline' | 'word-count' | 'word-type' | 'word-length' | 'word' = 'type'
  #wordsLeft = 0
  /** Of the frame, before the bytes that are being looked at. */
  #seenBytes = 0

  constructor(limit: FrameLimit = ANY_LENGTH) {
    this.#limit = limit
  }

  get isInFrame(): boolean {
    return this.#next !== 'type'
  }

  scan(bytes: Uint8Array, start: number): number {
    let at = start
    while (at < bytes.length) {
      at = this.#step(bytes, at, this.#seenBytes - start)
      if (at === -1) break
      if (this.#next === 'type') return this.#end(at - start, at)
    }
    return this.#goOn(bytes.length - start)
  }

  /** The part of a frame that is next. `index + before` is how much of the frame lies before `index`. */
  #step(bytes: Uint8Array, at: number, before: number): number {
    switch (this.#next) {
      case 'type':
        return this.#beginFrame(bytes[at] ?? 0, at)
      case 'inline':
        return this.#finish(this.#inline.scan(bytes, at))
      case 'word-count':
        return this.#beginWords(this.#count.scan(bytes, at), before)
      case 'word-type':
        return this.#beginWord(bytes[at] ?? 0, at)
      case 'word-length':
        return this.#beginBlob(this.#count.scan(bytes, at), before)
      case 'word':
        return this.#endWord(this.#blob.scan(bytes, at))
    }
  }

  #beginFrame(type: number, at: number): number {
    this.#next = type === ASTERISK ? 'word-count' : 'inline'
    return type === ASTERISK ? at + 1 : at
  }

  #beginWords(at: number, before: number): number {
    if (at === -1) return -1
    const words = this.#count.value
    if (words < -1 || words > MOST_WORDS) throw new ProtocolError('a command of that many words')
    if (words <= 0) return this.#finish(at)
    checkLength(at + before + words * WORD_BYTES, this.#limit)
    this.#wordsLeft = words
    this.#next = 'word-type'
    return at
  }

  #beginWord(type: number, at: number): number {
    if (type !== DOLLAR) throw new ProtocolError('a command has a word that is no bulk string')
    this.#next = 'word-length'
    return at + 1
  }

  #beginBlob(at: number, before: number): number {
    if (at === -1) return -1
    if (this.#count.value < 0) throw new ProtocolError('a command has a word without a length')
    checkLength(at + before + this.#count.value + END_BYTES, this.#limit)
    this.#blob.begin(this.#count.value)
    this.#next = 'word'
    return at
  }

  #endWord(at: number): number {
    if (at === -1) return -1
    if (--this.#wordsLeft === 0) return this.#finish(at)
    this.#next = 'word-type'
    return at
  }

  #finish(at: number): number {
    if (at !== -1) this.#next = 'type'
    return at
  }

  #end(length: number, at: number): number {
    checkLength(this.#seenBytes + length, this.#limit)
    this.#seenBytes = 0
    return at
  }

  /** At least one more byte is to come, unless nothing has. */
  #goOn(length: number): -1 {
    this.#seenBytes += length
    if (this.isInFrame) checkLength(this.#seenBytes + 1, this.#limit)
    return -1
  }
}
