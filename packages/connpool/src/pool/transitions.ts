import { asError } from './as-error.ts'

/**
 * Runs the events of a machine. What would run the caller's code (hooks, observers, listeners of signals) is put off
 * until the event is over, so that nobody's code ever runs in the middle of a transition; what that code brings about
 * is appended, so that nothing ever recurses.
 */
export class Transitions {
  readonly #broken: (bug: Error) => void
  #actions: (() => void)[] = []
  #isFlushing = false
  #count = 0

  /** `broken` is told that a rule of the machine was broken: a bug of ours. */
  constructor(broken: (bug: Error) => void) {
    this.#broken = broken
  }

  /** How many events there have been. */
  get count(): number {
    return this.#count
  }

  run(event: () => void): void {
    this.#count++
    try {
      event()
    } catch (error) {
      this.#broken(asError(error))
    }
    if (this.#actions.length > 0) this.flush()
  }

  /** To be done when the present event is over. */
  later(action: () => void): void {
    this.#actions.push(action)
  }

  flush(): void {
    if (this.#isFlushing) return
    this.#isFlushing = true
    for (let next = 0; next < this.#actions.length; next++) this.#perform(this.#actions[next])
    this.#actions = []
    this.#isFlushing = false
  }

  #perform(action: (() => void) | undefined): void {
    try {
      action?.()
    } catch (error) {
      this.#broken(asError(error))
    }
  }
}
