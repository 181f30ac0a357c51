import { AbortGroup } from './abort-group.ts'
import type { Lease } from './lease.ts'
import type { AcquireOptions } from './pool-options.ts'
import type { PoolWires } from './pool-wires.ts'

interface PinWaiter<C> {
  group: AbortGroup | undefined
  timer: Disposable | undefined
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
      const waiter: PinWaiter<C> = { group: undefined, timer: undefined, resolve, reject }
      const since = this.#wires.freshNow()
      waiter.timer = this.#wires.acquireTimer(options, () => this.cancel(waiter, this.#wires.pinTimeout(since)))
      this.#waiters.add(waiter)
      if (options?.signal !== undefined) AbortGroup.join(options.signal, waiter, this)
    })
  }

  /** Serves the one who came first. */
  serve(lend: () => Lease<C>): void {
    const [first] = this.#waiters
    if (first === undefined) return
    this.#leave(first)
    first.resolve(lend())
  }

  refuse(reason: Error): void {
    for (const waiter of [...this.#waiters]) this.cancel(waiter, reason)
  }

  cancel(waiter: PinWaiter<C>, reason: unknown): void {
    if (!this.#waiters.has(waiter)) return
    this.#leave(waiter)
    waiter.reject(reason)
  }

  #leave(waiter: PinWaiter<C>): void {
    this.#waiters.delete(waiter)
    waiter.timer?.[Symbol.dispose]()
    waiter.group?.leave(waiter)
  }
}
