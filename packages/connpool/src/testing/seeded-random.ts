/**
 * Random numbers that one integer decides: the same seed draws the same numbers in the same order, on every machine.
 * Good for tests, not for secrets.
 */
export class SeededRandom {
  readonly seed: number
  #state: number

  constructor(seed: number) {
    this.seed = seed
    this.#state = seed >>> 0
    // Small seeds differ in few bits; their first numbers would be alike.
    for (let warmUp = 0; warmUp < 3; warmUp++) this.next()
  }

  /** A number from 0 up to, not including, 1. It is bound: `random: seeded.next` is fine. */
  readonly next = (): number => {
    // Mulberry32, by Tommy Ettinger; public domain.
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  /** True in `ratio` of all calls: 0 never, 1 always. */
  chance(ratio: number): boolean {
    return this.next() < ratio
  }

  /** One of the choices, each as likely as the others. */
  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[Math.floor(this.next() * choices.length)] ?? choices[0]
  }
}
