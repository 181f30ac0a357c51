import { PoolError } from '../errors.ts'
import type { Entry } from './entry.ts'

/** How a lease can end by its holder: clean, closed by its word, by disposal without a word, or by work that threw. */
export type LeaseEnd = 'released' | 'discarded' | 'dropped' | 'threw'

/** Whom a lease gives its connection back to. */
export interface LeaseOwner<C> {
  readonly endpointText: string
  release(lease: Lease<C>, entry: Entry<C>): void
  discard(lease: Lease<C>, entry: Entry<C>, how: Exclude<LeaseEnd, 'released'>, reason: unknown): void
  detach(lease: Lease<C>, entry: Entry<C>): void
  countLateRelease(): void
}

/** What is known of a leased connection. Instants are milliseconds of the pool's monotonic clock. */
export interface LeaseInfo {
  /** The connection's number within its pool. */
  readonly id: number
  readonly endpoint: string
  /** When the connection was opened. */
  readonly createdAt: number
  /** How often it has been lent, this lease included. */
  readonly uses: number
  /** Whole milliseconds. */
  readonly acquiredAt: number
}

/** Ends a lease from the pool's side; what has been done by its holder before stays done. */
export type TakeBack = <C>(lease: Lease<C>, reason: Error) => void

/** What few leases ever have is kept beside them, so that all are small: they are made at the rate of the traffic. */
const aborts = new WeakMap<object, AbortController>()
const reasons = new WeakMap<object, Error>()

let markEnded: <C>(lease: Lease<C>) => void
let tellItsHolder: TakeBack
let isOver: <C>(lease: Lease<C>) => boolean
let entryOf: <C>(lease: Lease<C>) => Entry<C>
let ownerOf: <C>(lease: Lease<C>) => LeaseOwner<C>
let finishLease: <C>(lease: Lease<C>, how: LeaseEnd) => void

/**
 * The loan of one connection to one holder. It ends once: by `release()` when the connection is in the state in which
 * the next holder expects it, by `discard()` when it is not, or by disposal, which closes it unless one of the two was
 * called before. After that the lease gives access to nothing.
 */
export class Lease<C> implements Disposable {
  static {
    // A promise that is resolved with a lease looks for its `then`. Found here, undefined, the search is over at once:
    // that is a tenth of the cost of an acquire.
    // oxlint-disable-next-line unicorn/no-thenable -- it is undefined, so that nobody takes a lease for a promise
    Object.defineProperty(this.prototype, 'then', { value: undefined })
    markEnded = (lease) => {
      lease.#isEnded = true
    }
    tellItsHolder = (lease, reason) => {
      reasons.set(lease, reason)
      aborts.get(lease)?.abort(reason)
    }
    isOver = (lease) => lease.#isEnded
    entryOf = (lease) => lease.#entry
    ownerOf = (lease) => lease.#owner
    finishLease = (lease, how) => {
      if (lease.#isEnded) return
      lease.#isEnded = true
      if (how === 'released') lease.#owner.release(lease, lease.#entry)
      else lease.#owner.discard(lease, lease.#entry, how, undefined)
    }
  }

  readonly #owner: LeaseOwner<C>
  readonly #entry: Entry<C>
  readonly #uses: number
  /** In whole milliseconds: a number with a fraction would cost an allocation of its own. */
  readonly #acquiredAt: number
  #isEnded = false

  /** Leases are made by a pool. */
  constructor(owner: LeaseOwner<C>, entry: Entry<C>) {
    this.#owner = owner
    this.#entry = entry
    this.#uses = entry.uses
    this.#acquiredAt = Math.floor(entry.since)
  }

  /**
   * The connection. Do not keep it beyond the lease.
   *
   * @throws PoolError `LEASE_ENDED` once the lease has ended.
   */
  get connection(): C {
    if (this.#isEnded) throw this.#ended('has no connection any more')
    return this.#entry.connection as C
  }

  get info(): LeaseInfo {
    return {
      id: this.#entry.id,
      endpoint: this.#owner.endpointText,
      createdAt: this.#entry.createdAt,
      uses: this.#uses,
      acquiredAt: this.#acquiredAt,
    }
  }

  /**
   * Aborted when the pool takes the lease back (`maxLeaseMs`, the end of a `close`'s grace, `destroy`) or the connection
   * is lost. Made when first read. It is not aborted by `release()` or `discard()`.
   */
  get signal(): AbortSignal {
    let abort = aborts.get(this)
    if (abort === undefined) {
      abort = new AbortController()
      aborts.set(this, abort)
      if (reasons.has(this)) abort.abort(reasons.get(this))
    }
    return abort.signal
  }

  /**
   * Gives the connection back clean. It is lent again only if it proves clean: open, nothing unread, nothing unwritten,
   * no error. After the end of the lease this does nothing but count (`stats().lateReleases`).
   */
  release(): void {
    if (this.#isEnded) return this.#owner.countLateRelease()
    this.#isEnded = true
    this.#owner.release(this, this.#entry)
  }

  /**
   * Gives the connection back broken: it is closed. With a `reason` that also counts as a failure of its endpoint, as a
   * failed dial does. After the end of the lease this does nothing but count.
   */
  discard(reason?: unknown): void {
    if (this.#isEnded) return this.#owner.countLateRelease()
    this.#isEnded = true
    this.#owner.discard(this, this.#entry, 'discarded', reason)
  }

  /**
   * Takes the connection out of the pool: it is the caller's to close from now on, and its slot is free.
   *
   * @throws PoolError `LEASE_ENDED` once the lease has ended.
   */
  detach(): C {
    if (this.#isEnded) throw this.#ended('cannot be detached')
    const connection = this.#entry.connection as C
    this.#isEnded = true
    this.#owner.detach(this, this.#entry)
    return connection
  }

  /** Closes the connection unless the lease has ended: a holder who leaves without a word may have left it in any state. */
  [Symbol.dispose](): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#owner.discard(this, this.#entry, 'dropped', undefined)
  }

  #ended(what: string): PoolError<'LEASE_ENDED'> {
    const { endpointText: endpoint } = this.#owner
    const cause = reasons.get(this)
    const why = cause?.message ?? `Connection ${this.#entry.id} to ${endpoint} was given back`
    return new PoolError('LEASE_ENDED', `This lease has ended and ${what}: ${why}`, { endpoint, cause })
  }
}

/** Asks: has it ended, by its holder's word or the pool's? */
export function hasEnded<C>(lease: Lease<C>): boolean {
  return isOver(lease)
}

/** The connection's record, for the pool's own use. */
export function entryBehind<C>(lease: Lease<C>): Entry<C> {
  return entryOf(lease)
}

/** Who lent it. */
export function ownerBehind<C>(lease: Lease<C>): LeaseOwner<C> {
  return ownerOf(lease)
}

/** From here on the lease gives access to nothing. */
export function endLease<C>(lease: Lease<C>): void {
  markEnded(lease)
}

/** Tells the holder, by the lease's signal. Runs the holder's listeners. */
export function tellHolder<C>(lease: Lease<C>, reason: Error): void {
  tellItsHolder(lease, reason)
}

/** Ends a lease unless its holder has done so already, which is not late. */
export function finish<C>(lease: Lease<C>, how: LeaseEnd): void {
  finishLease(lease, how)
}
