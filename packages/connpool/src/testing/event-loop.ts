// From `node:timers`, because a test runner that fakes the global timers must not stop the fakes of this package.
import { setImmediate } from 'node:timers'

/** Resolves in the next turn of the event loop, after the callbacks and promises of this one. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
