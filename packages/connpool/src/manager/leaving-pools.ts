interface Leaver {
  readonly identity: string
  /** Slots it has taken. */
  readonly size: number
}

/** The pools that nobody is sent to any more and whose last connections are not gone yet. */
export class LeavingPools<P extends Leaver> {
  readonly #byIdentity = new Map<string, Set<P>>()

  add(pool: P): void {
    const same = this.#byIdentity.get(pool.identity)
    if (same === undefined) this.#byIdentity.set(pool.identity, new Set([pool]))
    else same.add(pool)
  }

  delete(pool: P): void {
    const same = this.#byIdentity.get(pool.identity)
    same?.delete(pool)
    if (same?.size === 0) this.#byIdentity.delete(pool.identity)
  }

  has(pool: P): boolean {
    return this.#byIdentity.get(pool.identity)?.has(pool) === true
  }

  /** How many slots those of one endpoint have together. */
  sizeOf(identity: string): number {
    let sum = 0
    for (const { size } of this.#byIdentity.get(identity) ?? []) sum += size
    return sum
  }

  *[Symbol.iterator](): Generator<P> {
    for (const same of this.#byIdentity.values()) yield* same
  }
}
