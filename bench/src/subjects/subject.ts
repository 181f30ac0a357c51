// What the benches ask of every pool, and no more. A subject adapts one library to it and adds no work of its own: each
// method is one call of the library, made in a process that has loaded no other library, so that V8 sees one shape.

export interface OpenOptions<C> {
  readonly size: number
  readonly dial: () => C | Promise<C>
  /** Only connpool takes it: a timeout named in every acquire. Undefined calls `acquire()` without options. */
  readonly timeoutMs?: number | undefined
}

/** A pool with `Lease` being whatever the library hands out: a lease, a client, or the connection itself. */
export interface OpenedPool<C, Lease extends object = object> {
  acquire(): PromiseLike<Lease>
  connectionOf(lease: Lease): C
  release(lease: Lease): void
  close(): Promise<unknown>
}

export type OpenPool = <C extends object>(options: OpenOptions<C>) => OpenedPool<C>

/** Enough for every bench: no subject refuses a waiter because its queue is full. */
export const longestQueue = 1_000_000

/** For the housekeeping of peers: longer than any run, so that no timer of theirs fires in one. */
export const longerThanAnyRunMs = 3_600_000
