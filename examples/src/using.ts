import type { Pool } from 'connpool'

import { command } from './redis/command.ts'

// #region using
/** `using` closes the connection wherever this throws; `release()` at the end says that it is clean. */
export async function copy(pool: Pool, from: string, to: string): Promise<void> {
  using lease = await pool.acquire()
  const value = await command(lease.connection, ['GET', from], lease.signal)
  if (typeof value !== 'string') throw new Error(`no value at ${from}`)
  await command(lease.connection, ['SET', to, value], lease.signal)
  lease.release()
}
// #endregion

// #region await-using
export async function copyOnce(makePool: () => Pool): Promise<void> {
  await using pool = makePool() // closed at the end, with its usual grace
  await copy(pool, 'from', 'to')
}
// #endregion
