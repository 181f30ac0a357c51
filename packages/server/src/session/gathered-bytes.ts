const FIRST_BYTES = 1024

/** Copies of bytes, in one piece of memory: kept as they came, each would hold the memory it was cut from. */
export class GatheredBytes {
  #buffer: Buffer | undefined
  length = 0

  append(bytes: Uint8Array): void {
    if (this.length === 0) this.#buffer = Buffer.from(bytes)
    else this.#withRoom(this.length + bytes.length).set(bytes, this.length)
    this.length += bytes.length
  }

  /** All of them, for the caller to keep. */
  take(): Buffer {
    const bytes = this.#buffer ?? Buffer.alloc(0)
    const { length } = this
    this.#buffer = undefined
    this.length = 0
    return bytes.length === length ? bytes : bytes.subarray(0, length)
  }

  #withRoom(length: number): Buffer {
    if (this.#buffer !== undefined && this.#buffer.length >= length) return this.#buffer
    const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, 2 ** Math.ceil(Math.log2(length))))
    this.#buffer?.copy(larger, 0, 0, this.length)
    this.#buffer = larger
    return larger
  }
}
