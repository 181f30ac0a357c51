/** Chance that can be had again: the same seed, the same numbers. */

export class Random {
  #state

  /** @param {number} seed */
  constructor(seed) {
    this.#state = seed >>> 0
  }

  /**
   * A whole number from 0 to `limit` - 1 (mulberry32).
   *
   * @param {number} limit
   */
  below(limit) {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }

  /**
   * @template T
   * @param {readonly T[]} values
   * @returns {T}
   */
  oneOf(values) {
    return values[this.below(values.length)]
  }
}

/**
 * Chance that follows from an input alone, so that an input that fails once always does.
 *
 * @param {Uint8Array} input
 */
export function chanceOf(input) {
  let hash = 0x811c9dc5
  for (const byte of input) hash = Math.imul(hash ^ byte, 0x01000193)
  return new Random(hash)
}
