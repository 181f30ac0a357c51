import { Pool } from 'tarn'
import { longerThanAnyRunMs, type OpenedPool, type OpenOptions } from './subject.ts'

/** tarn with its reaper out of the way. It always arms a timeout per acquire: 30 s, its default. */
export function openTarn<C extends object>(options: OpenOptions<C>): OpenedPool<C, C> {
  const pool = new Pool<C>({
    create: async () => options.dial(),
    destroy: () => {},
    min: 0,
    max: options.size,
    idleTimeoutMillis: longerThanAnyRunMs,
    reapIntervalMillis: longerThanAnyRunMs,
  })
  return {
    acquire: () => pool.acquire().promise,
    connectionOf: (connection) => connection,
    release: (connection) => {
      pool.release(connection)
    },
    close: () => pool.destroy(),
  }
}
