import type { AbortGroup } from './abort-group.ts'
import type { Lease } from './lease.ts'

/**
 * One unanswered acquire. A settled one may still stand in a queue; it is skipped there. There may be very many: it
 * holds no more than it must.
 */
export class Waiter<C> {
  readonly resolve: (lease: Lease<C>) => void
  readonly reject: (reason: unknown) => void
  isSettled = false
  since = 0
  timeoutMs = 0
  group: AbortGroup | undefined = undefined

  constructor(resolve: (lease: Lease<C>) => void, reject: (reason: unknown) => void) {
    this.resolve = resolve
    this.reject = reject
  }

  get deadline(): number {
    return this.since + this.timeoutMs
  }
}

/**
 * It waits for nothing and never ends. With no waiter alive at a full garbage collection V8 would forget what waiters
 * look like and throw away all code compiled for them: the next burst would cost twenty times as much.
 */
const specimen = new Waiter<unknown>(ignore, ignore)
specimen.since = 0.5 // a fraction: instants have one

let made: Waiter<unknown> = specimen

/** One executor serves all promises: a closure for each would cost as much as the promise. */
function makeWaiter<C>(resolve: (lease: Lease<C>) => void, reject: (reason: unknown) => void): void {
  made = new Waiter(resolve, reject) as Waiter<unknown>
}

/** A promise whose waiter is fetched by {@link takeWaiter} right after. */
export function promiseOfLease<C>(): Promise<Lease<C>> {
  return new Promise<Lease<C>>(makeWaiter)
}

export function takeWaiter<C>(): Waiter<C> {
  const waiter = made as Waiter<C>
  made = specimen
  return waiter
}

function ignore(): void {}
