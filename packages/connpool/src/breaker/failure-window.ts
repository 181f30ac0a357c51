const BUCKETS = 10

/**
 * How many of the results of the last while were failures. The while is cut into ten buckets, and the oldest is emptied
 * when a new one begins: a result counts for at least nine tenths of `windowMs`, never longer than `windowMs`.
 * Pure: time comes as an argument; where it runs backwards it is taken to stand still. No step takes longer than
 * emptying ten buckets.
 */
export class FailureWindow {
  readonly #bucketMs: number
  readonly #failed = new Uint32Array(BUCKETS)
  readonly #counted = new Uint32Array(BUCKETS)
  #bucket = 0
  #failures = 0
  #samples = 0

  constructor(windowMs: number) {
    this.#bucketMs = windowMs / BUCKETS
  }

  /** Of the results of the window that ends with the last of them. */
  get failures(): number {
    return this.#failures
  }

  /** All results of the window that ends with the last of them. */
  get samples(): number {
    return this.#samples
  }

  /** Asks: are there enough results, and is the share of failures among them that large? */
  reaches(ratio: number, minSamples: number): boolean {
    return this.#samples >= minSamples && this.#failures >= ratio * this.#samples
  }

  succeeded(now: number): void {
    this.#count(this.#turnTo(now))
  }

  failed(now: number): void {
    const index = this.#turnTo(now)
    this.#count(index)
    this.#failed[index] = (this.#failed[index] ?? 0) + 1
    this.#failures++
  }

  clear(): void {
    this.#failed.fill(0)
    this.#counted.fill(0)
    this.#failures = 0
    this.#samples = 0
  }

  #count(index: number): void {
    this.#counted[index] = (this.#counted[index] ?? 0) + 1
    this.#samples++
  }

  /** Empties every bucket whose time is over; answers where the present one is in the ring. */
  #turnTo(now: number): number {
    const bucket = Math.max(this.#bucket, Math.floor(now / this.#bucketMs))
    if (bucket - this.#bucket >= BUCKETS) this.clear()
    else for (let next = this.#bucket + 1; next <= bucket; next++) this.#empty(indexOf(next))
    this.#bucket = bucket
    return indexOf(bucket)
  }

  #empty(index: number): void {
    this.#failures -= this.#failed[index] ?? 0
    this.#samples -= this.#counted[index] ?? 0
    this.#failed[index] = 0
    this.#counted[index] = 0
  }
}

function indexOf(bucket: number): number {
  return bucket % BUCKETS
}
