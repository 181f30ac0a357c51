import { type Lease, Pool } from 'connpool'
import { longestQueue, type OpenedPool, type OpenOptions } from './subject.ts'

/** connpool as a user gets it: every default kept (10 s acquire timeout, lifetimes, breaker), but for the sizes. */
export function openConnpool<C extends object>(options: OpenOptions<C>): OpenedPool<C, Lease<C>> {
  const pool = new Pool<C>({ dial: options.dial, maxSize: options.size, maxWaiting: longestQueue })
  const { timeoutMs } = options
  return {
    acquire: timeoutMs === undefined ? () => pool.acquire() : () => pool.acquire({ timeoutMs }),
    connectionOf: (lease) => lease.connection,
    release: (lease) => {
      lease.release()
    },
    close: () => pool.destroy(),
  }
}
