import type { NestedUse } from '../affinity/nested-use.ts'
import { type PinScope, PinScopes } from '../affinity/pinned.ts'
import { finish, type Lease, ownerBehind } from './lease.ts'
import { Pin } from './pin.ts'
import type { AcquireOptions } from './pool-options.ts'
import type { PoolWires } from './pool-wires.ts'

type Acquire<C> = (options: AcquireOptions | undefined) => Promise<Lease<C>>

/** The two ways to have a connection for the length of some work, `use()` and `pinned()`, over whatever lends them. */
export class Uses<C> {
  readonly #acquire: Acquire<C>
  readonly #nestedUse: NestedUse<Lease<C>> | undefined
  readonly #pins = new PinScopes<Pin<C>, Lease<C>>()

  constructor(acquire: Acquire<C>, nestedUse: NestedUse<Lease<C>> | undefined) {
    this.#acquire = acquire
    this.#nestedUse = nestedUse
  }

  /** Whether there has been a pin at all: if not, there is no context to look at. */
  get havePinned(): boolean {
    return this.#pins.areUsed
  }

  /** The pin that the running code is inside of. */
  get pin(): PinScope<Pin<C>, Lease<C>> | undefined {
    return this.#pins.current
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
      finish(lease, 'discarded')
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
      pin.close('discarded')
      throw error
    }
  }

  /** Runs `work` so that what it acquires is known to be part of it. */
  #during<R>(holder: Lease<C>, calledAt: Error | undefined, work: () => R): R {
    if (this.#nestedUse === undefined || calledAt === undefined) return this.#pins.holding(holder, work)
    return this.#nestedUse.run({ holder, calledAt }, () => this.#pins.holding(holder, work))
  }
}
