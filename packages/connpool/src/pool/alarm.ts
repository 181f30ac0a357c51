/** A deadline that comes up later than this was held up by a stalled loop: pending I/O goes first for one turn. */
export const LATE_MS = 20

/** The one alarm clock of a pool: set for the earliest thing that is due, whatever that is. */
export class Alarm {
  readonly #set: (time: number) => void
  #setFor = Infinity
  #isGracing = false

  /** `set` arms it in the world, instead of for any time before. */
  constructor(set: (time: number) => void) {
    this.#set = set
  }

  /** Asks: is it set for later than this, so that this needs a word? */
  isLaterThan(time: number): boolean {
    return time < this.#setFor
  }

  /** Goes off at that time at the latest; too early does no harm. */
  wakeBy(time: number): void {
    if (time >= this.#setFor) return
    this.#setFor = time
    this.#set(time)
  }

  /** It went off. `late`: let I/O go first, and say so by {@link endGrace}. */
  wentOff(now: number): 'due' | 'late' | 'gracing' {
    const lateMs = now - this.#setFor
    this.#setFor = Infinity
    if (this.#isGracing) return 'gracing'
    this.#isGracing = lateMs > LATE_MS
    return this.#isGracing ? 'late' : 'due'
  }

  /** Asks: is what is decided now decided late, for the loop was blocked? */
  get isGracing(): boolean {
    return this.#isGracing
  }

  endGrace(): void {
    this.#isGracing = false
  }
}
