import { AbortGroup } from '../pool/abort-group.ts'
import { KeepAlive } from '../pool/keep-alive.ts'

interface Waiting {
  group: AbortGroup | undefined
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
}

/** Those who wait until the endpoints are known. What would tell them may keep no process alive: they do. */
export class Arrival {
  readonly #waiting = new Set<Waiting>()
  readonly #keepAlive = new KeepAlive()

  wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const waiting: Waiting = { group: undefined, resolve, reject }
      this.#waiting.add(waiting)
      this.#keepAlive.hold(true)
      if (signal !== undefined) AbortGroup.join(signal, waiting, this)
    })
  }

  came(): void {
    this.#end((waiting) => waiting.resolve())
  }

  failed(reason: unknown): void {
    this.#end((waiting) => waiting.reject(reason))
  }

  cancel(waiting: Waiting, reason: unknown): void {
    this.#waiting.delete(waiting)
    this.#keepAlive.hold(this.#waiting.size > 0)
    waiting.reject(reason)
  }

  #end(settle: (waiting: Waiting) => void): void {
    for (const waiting of this.#waiting) {
      waiting.group?.leave(waiting)
      settle(waiting)
    }
    this.#waiting.clear()
    this.#keepAlive.hold(false)
  }
}
