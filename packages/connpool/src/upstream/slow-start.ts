/** Even at first an endpoint gets this share of its weight, or it would never have anything to warm up with. */
const LEAST = 0.1

/**
 * The part of its weight that a new or returning endpoint is given: from a tenth up to all of it, in a straight line
 * over `slowStartMs` (Envoy's slow start with aggression 1). Pure: time comes as an argument.
 */
export class SlowStart {
  readonly #slowStartMs: number
  readonly #startsAt: number

  /** `slowStartMs`: 0 gives it all at once. `startsAt` may lie ahead: until then it is a tenth. */
  constructor(slowStartMs: number, startsAt: number) {
    this.#slowStartMs = slowStartMs
    this.#startsAt = startsAt
  }

  /** From 0.1 to 1. */
  factorAt(now: number): number {
    if (this.isOver(now)) return 1
    return Math.max(LEAST, (now - this.#startsAt) / this.#slowStartMs)
  }

  /** Asks: has it all of its weight? It will not lose any again. */
  isOver(now: number): boolean {
    return now - this.#startsAt >= this.#slowStartMs
  }
}
