const FIRST_BYTES = 1024

/** Bytes that wait to be sent, in one piece of memory: kept as they came, each would hold the memory it was cut from. */
export class UnsentBytes {
  #buffer: Buffer | undefined
  length = 0

  append(bytes: Uint8Array): void {
    const length = this.length + bytes.length
    const buffer = this.#withRoom(length)
    buffer.set(bytes, this.length)
    this.length = length
  }

  /** All of them, for the caller to keep. */
  take(): Buffer {
    const bytes = this.#buffer?.subarray(0, this.length) ?? Buffer.alloc(0)
    this.#buffer = undefined
    this.length = 0
    return bytes
  }

  #withRoom(length: number): Buffer {
    if (this.#buffer !== undefined && this.#buffer.length >= length) return this.#buffer
    const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, 2 ** Math.ceil(Math.log2(length))))
    this.#buffer?.copy(larger, 0, 0, this.length)
    this.#buffer = larger
    return larger
  }
}
