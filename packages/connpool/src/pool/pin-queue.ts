import type { Lease } from './lease.ts'
import type { AcquireOptions } from './pool-options.ts'
import type { PoolWires } from './pool-wires.ts'

interface PinWaiter<C> {
  readonly resolve: (lease: Lease<C>) => void
  readonly reject: (reason: unknown) => void
}

/** Those inside one pin who wait for their turn. A `Set` keeps their order and lets anyone leave. */
export class PinQueue<C> {
  readonly #wires: PoolWires<C>
  readonly #waiters = new Set<PinWaiter<C>>()

  constructor(wires: PoolWires<C>) {
    this.#wires = wires
  }

  get length(): number {
    return this.#waiters.size
  }

  wait(options: AcquireOptions | undefined): Promise<Lease<C>> {
    return new Promise((resolve, reject) => {
      const signal = options?.signal
      const since = this.#wires.freshNow()
      const leave = (): void => {
        this.#waiters.delete(waiter)
        timer?.[Symbol.dispose]()
        signal?.removeEventListener('abort', aborted)
      }
      const waiter: PinWaiter<C> = {
        resolve: (lease) => {
          leave()
          resolve(lease)
        },
        reject: (reason) => {
          leave()
          reject(reason as Error)
        },
      }
      const aborted = (): void => waiter.reject(signal?.reason)
      const timer = this.#wires.acquireTimer(options, () => waiter.reject(this.#wires.pinTimeout(since)))
      signal?.addEventListener('abort', aborted)
      this.#waiters.add(waiter)
    })
  }

  /** Serves the one who came first. */
  serve(lend: () => Lease<C>): void {
    const [first] = this.#waiters
    first?.resolve(lend())
  }

  refuse(reason: Error): void {
    for (const waiter of [...this.#waiters]) waiter.reject(reason)
  }
}
