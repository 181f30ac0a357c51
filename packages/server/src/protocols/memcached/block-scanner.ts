import { ANY_LENGTH, checkLength } from '../frame-limit.ts'
import type { FrameLimit, FrameScanner } from '../protocol.ts'
import { Blob } from '../blob.ts'
import { CutLine, type LineReader } from './cut-line.ts'

/** What a line says of what follows on it. */
export interface LineMeaning {
  /** The length of the block of data that follows, which has a line break after it. -1: none does. */
  readonly blockBytes: number
  /** The frame ends with this line, or its block. */
  readonly isLast: boolean
}

/** Of `\r\n`. */
const END_BYTES = 2

/** Frames of lines, some of which say how many bytes of data follow. The data is counted and not looked at. */
export class BlockScanner implements FrameScanner {
  readonly #meaningOf: LineReader<LineMeaning>
  readonly #limit: FrameLimit
  readonly #line: CutLine = new CutLine()
  readonly #block: Blob = new Blob()
  #isInBlock = false
  #isLast = false
  /** Of the frame, before the bytes that are being looked at. */
  #seenBytes = 0

  constructor(meaningOf: LineReader<LineMeaning>, limit: FrameLimit = ANY_LENGTH) {
    this.#meaningOf = meaningOf
    this.#limit = limit
  }

  get isInFrame(): boolean {
    return this.#seenBytes > 0
  }

  scan(bytes: Uint8Array, start: number): number {
    let at = start
    while (at < bytes.length) {
      at = this.#isInBlock ? this.#scanBlock(bytes, at) : this.#scanLine(bytes, at, this.#seenBytes - start)
      if (at === -1) break
      if (this.#isLast && !this.#isInBlock) return this.#end(at - start, at)
    }
    return this.#goOn(bytes.length - start)
  }

  #scanBlock(bytes: Uint8Array, at: number): number {
    const end = this.#block.scan(bytes, at)
    if (end !== -1) this.#isInBlock = false
    return end
  }

  /** `index + before` is how much of the frame lies before `index`. */
  #scanLine(bytes: Uint8Array, at: number, before: number): number {
    const end = this.#line.scan(bytes, at)
    if (end === -1) return -1
    const { blockBytes, isLast } = this.#line.take(bytes, at, end, this.#meaningOf)
    this.#isLast = isLast
    if (blockBytes >= 0) this.#beginBlock(blockBytes, end + before)
    return end
  }

  #beginBlock(blockBytes: number, seenBytes: number): void {
    checkLength(seenBytes + blockBytes + END_BYTES, this.#limit)
    this.#block.begin(blockBytes)
    this.#isInBlock = true
  }

  #end(length: number, at: number): number {
    checkLength(this.#seenBytes + length, this.#limit)
    this.#seenBytes = 0
    this.#isLast = false
    return at
  }

  /** At least one more byte is to come, unless nothing has. */
  #goOn(length: number): -1 {
    this.#seenBytes += length
    if (this.#seenBytes > 0) checkLength(this.#seenBytes + 1, this.#limit)
    return -1
  }
}
