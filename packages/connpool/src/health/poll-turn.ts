// From `node:timers`: a test runner that fakes the global timers must not stop the event loop of a pool.
import { setImmediate } from 'node:timers'

/**
 * Calls `done` when the event loop has polled once from beginning to end: what the kernel had for us when this was
 * called has been delivered by then. The first `setImmediate` may still belong to the turn under way; the poll comes
 * between it and the second. Both keep the process alive; an unref'ed one would let the poll sleep.
 */
export function afterPoll(done: () => void): void {
  setImmediate(() => setImmediate(done))
}
