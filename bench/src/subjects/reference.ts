import type { OpenedPool, OpenOptions } from './subject.ts'

/**
 * The ceiling, not a rival: connections in a LIFO array, resolve functions in a FIFO array with a head index. No timers,
 * no errors, no check that a connection comes back once. A bare `waiters.shift()` would be shorter, but it moves the
 * whole array once that is long, which would flatter everybody else from 5,000 waiters on.
 */
export function openReference<C extends object>(options: OpenOptions<C>): OpenedPool<C, C> {
  const idle: C[] = []
  let waiters: ((connection: C) => void)[] = []
  let head = 0
  let dials = 0

  return {
    acquire() {
      const connection = idle.pop()
      if (connection !== undefined) return Promise.resolve(connection)
      if (dials++ < options.size) return Promise.resolve(options.dial())
      return new Promise((resolve) => waiters.push(resolve))
    },
    release(connection) {
      const resolve = waiters[head]
      if (resolve === undefined) return void idle.push(connection)
      head += 1
      // Callers served go when they are half of the array: constant cost per release, memory bounded by the longest queue.
      if (head * 2 >= waiters.length) {
        waiters = waiters.slice(head)
        head = 0
      }
      resolve(connection)
    },
    connectionOf: (connection) => connection,
    close: async () => {},
  }
}
