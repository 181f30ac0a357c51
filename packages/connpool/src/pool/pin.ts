import { PoolError } from '../errors.ts'
import type { Entry } from './entry.ts'
import { endLease, finish, hasEnded, type Lease, type LeaseEnd, type LeaseOwner, tellHolder } from './lease.ts'
import type { AcquireOptions } from './pool-options.ts'
import type { PoolWires } from './pool-wires.ts'
import { PinQueue } from './pin-queue.ts'

/**
 * One connection lent for the length of a `pinned()` callback, and lent on inside it to one user at a time. Users who
 * are nested share; users beside each other wait in the order they came. One who leaves the connection in doubt ends it
 * for all: what is still to come on it, nobody inside could tell either.
 */
export class Pin<C> implements LeaseOwner<C> {
  readonly endpointText: string
  readonly #base: Lease<C>
  readonly #wires: PoolWires<C>
  readonly #queue: PinQueue<C>
  /** The leases inside that have not ended: the holder first, then those nested in it. */
  readonly #open = new Set<Lease<C>>()
  #isOver = false
  #broken: Error | undefined

  constructor(base: Lease<C>, wires: PoolWires<C>) {
    this.#base = base
    this.#wires = wires
    this.endpointText = wires.endpointText
    this.#queue = new PinQueue(wires)
    base.signal.addEventListener('abort', this.#onTakenBack, { once: true })
  }

  /** The callback has returned or thrown. */
  get isOver(): boolean {
    return this.#isOver
  }

  acquire(holder: Lease<C> | undefined, options: AcquireOptions | undefined): Promise<Lease<C>> {
    if (options?.signal?.aborted === true) return Promise.reject(options.signal.reason as Error)
    if (this.#broken !== undefined) return Promise.reject(this.#broken)
    const lease = this.tryAcquire(holder)
    return lease === undefined ? this.#queue.wait(options) : Promise.resolve(lease)
  }

  tryAcquire(holder: Lease<C> | undefined): Lease<C> | undefined {
    if (this.#broken !== undefined) throw this.#broken
    const isNested = holder !== undefined && this.#open.has(holder)
    if (!isNested && (this.#open.size > 0 || this.#queue.length > 0)) return undefined
    return this.#lend()
  }

  release(lease: Lease<C>): void {
    this.#open.delete(lease)
    if (this.#broken !== undefined || this.#open.size > 0) return
    if (!this.#wires.isClean(this.#base)) return this.#discard(undefined)
    if (this.#queue.length > 0) this.#queue.serve(() => this.#lend())
  }

  discard(lease: Lease<C>, _entry: Entry<C>, _how: Exclude<LeaseEnd, 'released'>, reason: unknown): void {
    this.#open.delete(lease)
    if (this.#broken === undefined) this.#discard(reason)
  }

  /** The callback is done. Whoever inside still has the connection has left it without a word. */
  close(how: LeaseEnd): void {
    this.#isOver = true
    this.#base.signal.removeEventListener('abort', this.#onTakenBack)
    const isLeftOpen = this.#open.size > 0
    for (const lease of this.#open) endLease(lease)
    finish(this.#base, isLeftOpen ? 'dropped' : how)
    this.#break(new PoolError('LEASE_ENDED', `The pinned work on a connection to ${this.endpointText} is over`))
  }

  detach(lease: Lease<C>): void {
    this.#open.delete(lease)
    this.#base.signal.removeEventListener('abort', this.#onTakenBack)
    this.#base.detach()
    this.#break(new PoolError('LEASE_ENDED', `The pinned connection to ${this.endpointText} was detached`))
  }

  countLateRelease(): void {
    this.#wires.countLateRelease()
  }

  #lend(): Lease<C> {
    const lease = this.#wires.leaseOn(this.#base, this)
    this.#open.add(lease)
    return lease
  }

  #discard(reason: unknown): void {
    this.#base.signal.removeEventListener('abort', this.#onTakenBack)
    if (!hasEnded(this.#base)) this.#base.discard(reason)
    this.#break(
      new PoolError('LEASE_ENDED', `The pinned connection to ${this.endpointText} was discarded`, { cause: reason }),
    )
  }

  readonly #onTakenBack = (): void => {
    const reason = this.#base.signal.reason as Error
    for (const lease of this.#open) {
      if (hasEnded(this.#base)) endLease(lease)
      tellHolder(lease, reason)
    }
    this.#break(reason)
  }

  #break(reason: Error): void {
    this.#broken ??= reason
    for (const lease of this.#open) tellHolder(lease, reason)
    this.#open.clear()
    this.#queue.refuse(reason)
  }
}
