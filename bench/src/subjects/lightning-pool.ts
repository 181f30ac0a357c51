import { createPool } from 'lightning-pool'
import { longerThanAnyRunMs, longestQueue, type OpenedPool, type OpenOptions } from './subject.ts'

/** lightning-pool without validation and with its housekeeper out of the way. */
export function openLightningPool<C extends object>(options: OpenOptions<C>): OpenedPool<C, C> {
  const pool = createPool<C>(
    { create: () => options.dial(), destroy: () => {} },
    {
      min: 0,
      max: options.size,
      maxQueue: longestQueue,
      validation: false,
      idleTimeoutMillis: longerThanAnyRunMs,
      houseKeepInterval: longerThanAnyRunMs,
    },
  )
  pool.start()
  return {
    acquire: () => pool.acquire(),
    connectionOf: (connection) => connection,
    release: (connection) => {
      pool.release(connection)
    },
    close: () => pool.closeAsync(true),
  }
}
