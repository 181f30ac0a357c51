import type { QueuedRequest } from './queued-request.ts'

/** Requests in order of arrival; any of them can be taken out in constant time. */
export class RequestList<R extends QueuedRequest<R>> {
  #oldest: R | undefined
  #newest: R | undefined
  #length = 0

  get length(): number {
    return this.#length
  }

  get oldest(): R | undefined {
    return this.#oldest
  }

  get newest(): R | undefined {
    return this.#newest
  }

  push(request: R): void {
    const newest = this.#newest
    request.older = newest
    if (newest === undefined) this.#oldest = request
    else newest.newer = request
    this.#newest = request
    this.#length++
  }

  remove(request: R): void {
    const { older, newer } = request
    if (older === undefined) this.#oldest = newer
    else older.newer = newer
    if (newer === undefined) this.#newest = older
    else newer.older = older
    request.older = undefined
    request.newer = undefined
    this.#length--
  }

  /** Oldest first. Nothing may come or go meanwhile. */
  *[Symbol.iterator](): Generator<R> {
    for (let request = this.#oldest; request !== undefined; request = request.newer) yield request
  }
}
