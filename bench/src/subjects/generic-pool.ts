import genericPool from 'generic-pool'
import { longestQueue, type OpenedPool, type OpenOptions } from './subject.ts'

/** generic-pool without its evictor (its default) and without tests on borrow. */
export function openGenericPool<C extends object>(options: OpenOptions<C>): OpenedPool<C, C> {
  const pool = genericPool.createPool<C>(
    { create: async () => options.dial(), destroy: async () => {} },
    { min: 0, max: options.size, maxWaitingClients: longestQueue },
  )
  return {
    acquire: () => pool.acquire(),
    connectionOf: (connection) => connection,
    release: (connection) => {
      void pool.release(connection) // it has given the connection back when it returns; awaiting it would only cost it time
    },
    close: async () => {
      await pool.drain()
      await pool.clear()
    },
  }
}
