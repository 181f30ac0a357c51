/** Somebody who waits until a signal is aborted. */
export interface Abortable {
  group: AbortGroup | undefined
}

/** Who is told that the signal was aborted of one who waits. */
export interface Canceller<Member extends Abortable> {
  cancel(member: Member, reason: unknown): void
}

const groups = new WeakMap<AbortSignal, AbortGroup>()

/**
 * Those who wait with one signal, of any pool. However many there are, the signal carries one listener, and none once they
 * are all settled.
 */
export class AbortGroup {
  readonly #signal: AbortSignal
  readonly #members = new Map<Abortable, Canceller<Abortable>>()

  private constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  static join<Member extends Abortable>(signal: AbortSignal, member: Member, canceller: Canceller<Member>): void {
    let group = groups.get(signal)
    if (group === undefined) {
      group = new AbortGroup(signal)
      groups.set(signal, group)
    }
    group.#add(member, canceller)
  }

  leave(member: Abortable): void {
    member.group = undefined
    this.#members.delete(member)
    if (this.#members.size === 0) this.#signal.removeEventListener('abort', this.#abort)
  }

  #add(member: Abortable, canceller: Canceller<Abortable>): void {
    if (this.#members.size === 0) this.#signal.addEventListener('abort', this.#abort)
    this.#members.set(member, canceller)
    member.group = this
  }

  readonly #abort = (): void => {
    const members = [...this.#members]
    this.#members.clear()
    this.#signal.removeEventListener('abort', this.#abort)
    for (const [member, canceller] of members) {
      member.group = undefined
      canceller.cancel(member, this.#signal.reason)
    }
  }
}
