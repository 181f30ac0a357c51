import type { Waiter } from './waiter.ts'

/** Who is told that a waiter's signal was aborted. */
export interface Canceller {
  cancel(waiter: Waiter<never>, reason: unknown): void
}

const groups = new WeakMap<AbortSignal, AbortGroup>()

/**
 * The waiters of one signal, of any pool. However many there are, the signal carries one listener, and none once they
 * are all settled.
 */
export class AbortGroup {
  readonly #signal: AbortSignal
  readonly #members = new Map<Waiter<never>, Canceller>()

  private constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  static join<C>(signal: AbortSignal, waiter: Waiter<C>, canceller: Canceller): void {
    let group = groups.get(signal)
    if (group === undefined) {
      group = new AbortGroup(signal)
      groups.set(signal, group)
    }
    group.#add(waiter as unknown as Waiter<never>, canceller)
  }

  leave<C>(waiter: Waiter<C>): void {
    waiter.group = undefined
    this.#members.delete(waiter as unknown as Waiter<never>)
    if (this.#members.size === 0) this.#signal.removeEventListener('abort', this.#abort)
  }

  #add(waiter: Waiter<never>, canceller: Canceller): void {
    if (this.#members.size === 0) this.#signal.addEventListener('abort', this.#abort)
    this.#members.set(waiter, canceller)
    waiter.group = this
  }

  readonly #abort = (): void => {
    const members = [...this.#members]
    this.#members.clear()
    this.#signal.removeEventListener('abort', this.#abort)
    for (const [waiter, canceller] of members) {
      waiter.group = undefined
      canceller.cancel(waiter, this.#signal.reason)
    }
  }
}
