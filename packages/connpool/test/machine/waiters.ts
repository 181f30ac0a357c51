import { promiseOfLease, takeWaiter, type Waiter } from '../../src/pool/waiter.ts'
import type { Thing } from './records.ts'

/** A waiter that came at `since` and waits so long. */
export function waiterOf(timeoutMs = Infinity, since = 0): Waiter<Thing> {
  void promiseOfLease()
  const waiter = takeWaiter<Thing>()
  waiter.since = since
  waiter.timeoutMs = timeoutMs
  return waiter
}
