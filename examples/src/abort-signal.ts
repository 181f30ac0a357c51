// #region timeout
import type { Socket } from 'node:net'
import { type Lease, type Pool, PoolError } from 'connpool'

import { command } from './redis/command.ts'
import type { Reply } from './redis/resp.ts'

/** A short deadline for one call. What it says of a full pool is worth a log line. */
export async function getOrGiveUp(pool: Pool, key: string): Promise<Reply | undefined> {
  try {
    return await pool.use((socket) => command(socket, ['GET', key]), { timeoutMs: 50 })
  } catch (error) {
    if (!(error instanceof PoolError && error.code === 'ACQUIRE_TIMEOUT')) throw error
    console.warn(`${error.message}; longest holder: ${error.holders?.[0]?.ageMs ?? 0} ms`)
    return undefined
  }
}
// #endregion

// #region signal
/** `signal` ends the wait for a connection and the wait for the reply; `lease.signal` ends the latter too. */
export function get(pool: Pool, key: string, signal: AbortSignal): Promise<Reply> {
  const ask = (socket: Socket, lease: Lease<Socket>): Promise<Reply> =>
    command(socket, ['GET', key], AbortSignal.any([signal, lease.signal]))
  return pool.use(ask, { signal })
}
// #endregion
