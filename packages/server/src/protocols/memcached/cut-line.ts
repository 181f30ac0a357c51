const LF = 0x0a

/** What is kept of a line that comes in pieces: more than the longest line that anything depends on. */
const MOST_BYTES = 512

/** Lines that may come in pieces. One that comes whole is not copied; of one that is cut the first 512 bytes are kept. */
export class CutLine {
  #kept: Uint8Array | undefined
  /** Of the line it is in. */
  #seenBytes = 0

  /** Answers the index behind the line, or -1 when that is not here yet. */
  scan(bytes: Uint8Array, start: number): number {
    const at = bytes.indexOf(LF, start)
    if (at === -1) this.#keep(bytes, start, bytes.length)
    else if (this.#seenBytes > 0) this.#keep(bytes, start, at + 1)
    return at === -1 ? -1 : at + 1
  }

  /** `read` looks at the line that ends at `end`, or at its first 512 bytes; then it is forgotten. */
  take<T>(bytes: Uint8Array, start: number, end: number, read: LineReader<T>): T {
    const seenBytes = this.#seenBytes
    if (seenBytes === 0) return read(bytes, start, Math.min(end, start + MOST_BYTES))
    this.#seenBytes = 0
    return read(this.#kept ?? bytes, 0, Math.min(seenBytes, MOST_BYTES))
  }

  #keep(bytes: Uint8Array, start: number, end: number): void {
    if (this.#seenBytes < MOST_BYTES && end > start) {
      this.#kept ??= new Uint8Array(MOST_BYTES)
      this.#kept.set(bytes.subarray(start, Math.min(end, start + MOST_BYTES - this.#seenBytes)), this.#seenBytes)
    }
    this.#seenBytes += end - start
  }
}

/** Looks at a line from `start` to `end`, its end included. */
export type LineReader<T> = (bytes: Uint8Array, start: number, end: number) => T
