import { AbortGroup } from './abort-group.ts'

interface WarmUp {
  readonly count: number
  group: AbortGroup | undefined
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
}

/** The callers of `warm()` and `ready()` who are still waiting. */
export class WarmUps {
  readonly #pending = new Set<WarmUp>()
  readonly #changed: () => void

  /** `changed` is called whenever one comes or goes. */
  constructor(changed: () => void) {
    this.#changed = changed
  }

  /** How many connections the most demanding of them waits for. */
  get target(): number {
    let target = 0
    for (const { count } of this.#pending) target = Math.max(target, count)
    return target
  }

  get length(): number {
    return this.#pending.size
  }

  /** Resolves when so many are open. */
  wait(count: number, signal: AbortSignal | undefined): Promise<void> {
    const promise = new Promise<void>((resolve, reject) => {
      const warmUp: WarmUp = { count, group: undefined, resolve, reject }
      this.#pending.add(warmUp)
      if (signal !== undefined) AbortGroup.join(signal, warmUp, this)
    })
    this.#changed()
    return promise
  }

  opened(total: number): void {
    this.#end(
      (warmUp) => total >= warmUp.count,
      (warmUp) => warmUp.resolve(),
    )
  }

  failed(reason: unknown): void {
    this.#end(
      () => true,
      (warmUp) => warmUp.reject(reason),
    )
  }

  cancel(warmUp: WarmUp, reason: unknown): void {
    this.#end(
      (each) => each === warmUp,
      () => warmUp.reject(reason),
    )
  }

  #end(isOver: (warmUp: WarmUp) => boolean, settle: (warmUp: WarmUp) => void): void {
    const over = [...this.#pending].filter((warmUp) => isOver(warmUp))
    for (const warmUp of over) {
      this.#pending.delete(warmUp)
      warmUp.group?.leave(warmUp)
      settle(warmUp)
    }
    if (over.length > 0) this.#changed()
  }
}
