interface WarmUp {
  readonly count: number
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
}

/** The callers of `warm()` and `ready()` who are still waiting. */
export class WarmUps {
  readonly #pending = new Set<WarmUp>()

  /** How many connections the most demanding of them waits for. */
  get target(): number {
    return Math.max(0, ...Array.from(this.#pending, (each) => each.count))
  }

  get length(): number {
    return this.#pending.size
  }

  /** Resolves when so many are open. `changed` is called when it no longer waits. */
  wait(count: number, signal: AbortSignal | undefined, changed: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#pending.delete(warmUp)
        signal?.removeEventListener('abort', abort)
        changed()
      }
      const warmUp: WarmUp = {
        count,
        resolve: () => {
          end()
          resolve()
        },
        reject: (reason) => {
          end()
          reject(reason as Error)
        },
      }
      const abort = (): void => warmUp.reject(signal?.reason)
      signal?.addEventListener('abort', abort)
      this.#pending.add(warmUp)
    })
  }

  opened(total: number): void {
    for (const warmUp of [...this.#pending]) if (total >= warmUp.count) warmUp.resolve()
  }

  failed(reason: unknown): void {
    for (const warmUp of [...this.#pending]) warmUp.reject(reason)
  }
}
