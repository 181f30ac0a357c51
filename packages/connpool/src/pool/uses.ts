import type { NestedUse } from '../affinity/nested-use.ts'
import { type PinScope, PinScopes } from '../affinity/pinned.ts'
import { checkAcquireOptions } from './check-calls.ts'
import { finish, type Lease, ownerBehind } from './lease.ts'
import { Pin } from './pin.ts'
import type { AcquireOptions } from './pool-options.ts'
import type { PoolWires } from './pool-wires.ts'

type Acquire<C> = (options: AcquireOptions | undefined) => Promise<Lease<C>>

/** Whoever lends connections, to whoever asks. */
interface Lender<C> {
  readonly nestedUse: NestedUse<Lease<C>> | undefined
  acquire(options: AcquireOptions | undefined): Promise<Lease<C>>
}

/**
 * The two ways to have a connection for the length of some work, `use()` and `pinned()`, over whatever lends them; and
 * what follows from them for who acquires.
 */
export class Uses<C> {
  readonly #acquire: Acquire<C>
  readonly #lender: Lender<C>
  readonly #nestedUse: NestedUse<Lease<C>> | undefined
  readonly #pins = new PinScopes<Pin<C>, Lease<C>>()

  /** `acquire` is what a caller would call, and comes to {@link acquire} unless it has found a connection at once. */
  constructor(acquire: Acquire<C>, lender: Lender<C>) {
    this.#acquire = acquire
    this.#lender = lender
    this.#nestedUse = lender.nestedUse
  }

  /** Whether there has been a pin at all: if not, there is no context to look at. */
  get havePinned(): boolean {
    return this.#pins.areUsed
  }

  /** The pin that the running code is inside of. */
  get pin(): PinScope<Pin<C>, Lease<C>> | undefined {
    return this.#pins.current
  }

  /** Inside a pin one gets the connection of the pin. Rejects with `INVALID_OPTIONS`, too: it never throws. */
  acquire(options: AcquireOptions | undefined): Promise<Lease<C>> {
    try {
      checkAcquireOptions(options)
    } catch (error) {
      return Promise.reject(error)
    }
    const pinned = this.pin
    return pinned === undefined ? this.#lender.acquire(options) : pinned.pin.acquire(pinned.holder, options)
  }

  async use<R>(
    work: (connection: C, lease: Lease<C>) => R | PromiseLike<R>,
    options: AcquireOptions | undefined,
  ): Promise<R> {
    const calledAt = this.#nestedUse && new Error('used here')
    const lease = await this.#acquire(options)
    try {
      const result = await (this.#pins.areUsed || calledAt !== undefined
        ? this.#during(lease, calledAt, () => work(lease.connection, lease))
        : work(lease.connection, lease))
      finish(lease, 'released')
      return result
    } catch (error) {
      finish(lease, 'threw')
      throw error
    }
  }

  async pinned<R>(work: () => R | PromiseLike<R>, options: AcquireOptions | undefined): Promise<R> {
    if (this.#pins.current !== undefined) return await work()
    const lease = await this.#acquire(options)
    const pin = new Pin(lease, ownerBehind(lease) as PoolWires<C>) // outside of a pin only pools lend
    try {
      const result = await this.#pins.run(pin, work)
      pin.close('released')
      return result
    } catch (error) {
      pin.close('threw')
      throw error
    }
  }

  /** Runs `work` so that what it acquires is known to be part of it. */
  #during<R>(holder: Lease<C>, calledAt: Error | undefined, work: () => R): R {
    if (this.#nestedUse === undefined || calledAt === undefined) return this.#pins.holding(holder, work)
    return this.#nestedUse.run({ holder, calledAt }, () => this.#pins.holding(holder, work))
  }
}
