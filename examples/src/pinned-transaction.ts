// #region pinned
import type { Pool } from 'connpool'

import { command } from './redis/command.ts'
import type { Reply } from './redis/resp.ts'

/** Knows nothing of transactions. */
async function increment(pool: Pool, key: string): Promise<void> {
  await pool.use((socket) => command(socket, ['INCR', key]))
}

/** Everything acquired from this pool inside `pinned` gets the same connection, so all of it is in the transaction. */
export async function incrementAll(pool: Pool, keys: readonly string[]): Promise<Reply> {
  return pool.pinned(async () => {
    await pool.use((socket) => command(socket, ['MULTI']))
    await Promise.all(keys.map((key) => increment(pool, key))) // one after the other: they share one connection
    return pool.use((socket) => command(socket, ['EXEC']))
  })
}
// #endregion
