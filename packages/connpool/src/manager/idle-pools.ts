/** A thing that is used, and at times is not. */
interface Idler {
  /** When it was last used, as {@link IdlePools} was told. */
  idleSince: number
}

/** The pools that nobody uses, the longest idle first. It may change while it is walked through. */
export class IdlePools<P extends Idler> {
  /** A set keeps the order in which things were added. */
  readonly #pools = new Set<P>()

  /** It is used no more, or has been used for a moment. */
  cameToRest(pool: P, now: number): void {
    this.#pools.delete(pool)
    pool.idleSince = now
    this.#pools.add(pool)
  }

  remove(pool: P): void {
    this.#pools.delete(pool)
  }

  [Symbol.iterator](): Iterator<P> {
    return this.#pools.values()
  }
}
