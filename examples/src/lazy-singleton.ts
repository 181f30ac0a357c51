// #region lazy-singleton
import { Pool } from 'connpool'

let pool: Pool | undefined

/** The one pool of this process, made when it is first asked for. */
export function cachePool(): Pool {
  pool ??= new Pool({ endpoint: process.env['CACHE_ENDPOINT'] ?? '127.0.0.1:6379', maxSize: 20 })
  return pool
}

/** Who asks after this gets a new pool. */
export async function closeCachePool(): Promise<void> {
  const closing = pool
  pool = undefined
  await closing?.close()
}
// #endregion
