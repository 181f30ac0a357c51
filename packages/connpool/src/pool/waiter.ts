import type { AbortGroup } from './abort-group.ts'
import type { Lease } from './lease.ts'

/** One unanswered acquire. A settled one may still stand in a queue; it is skipped there. */
export class Waiter<C> {
  readonly resolve: (lease: Lease<C>) => void
  readonly reject: (reason: unknown) => void
  isSettled = false
  since = 0
  deadline: number = Infinity
  /** Its number in the order of arrival. */
  ticket = 0
  group: AbortGroup | undefined = undefined
  stack: string | undefined = undefined

  constructor(resolve: (lease: Lease<C>) => void, reject: (reason: unknown) => void) {
    this.resolve = resolve
    this.reject = reject
  }
}

let made: Waiter<never> | undefined

function makeWaiter(resolve: (lease: Lease<never>) => void, reject: (reason: unknown) => void): void {
  made = new Waiter(resolve, reject)
}

/**
 * A promise whose waiter is fetched by {@link takeWaiter} right after. One executor serves all: a closure for each
 * promise would cost as much as the promise.
 */
export function promiseOfLease<C>(): Promise<Lease<C>> {
  return new Promise(
    makeWaiter as unknown as (resolve: (lease: Lease<C>) => void, reject: (reason: unknown) => void) => void,
  )
}

export function takeWaiter<C>(): Waiter<C> {
  const waiter = made as unknown as Waiter<C>
  made = undefined
  return waiter
}
