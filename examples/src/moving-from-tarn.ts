import { Pool } from 'connpool'

import type { Client } from './moving-from-generic-pool.ts'

export function poolOf(connect: () => Promise<Client>): Pool<Client> {
  // #region pool
  const pool = new Pool<Client>({
    dial: () => connect(),
    closeConnection: (client) => client.quit(),
    probe: (client) => client.ping(), // only `false` says no here, not `undefined` or 0
    minSize: 2,
    maxSize: 10,
    acquireTimeoutMs: 30_000,
    dialTimeoutMs: 30_000,
    closeTimeoutMs: 5_000,
    idleTimeoutMs: 30_000,
    backoff: { baseMs: 200, maxMs: 200 },
  })
  // #endregion
  return pool
}

// #region abort
/** What `acquire().abort()` did, a signal does. */
export async function askOrGiveUp(pool: Pool<Client>, text: string, signal: AbortSignal): Promise<string> {
  return pool.use((client) => client.query(text), { signal })
}
// #endregion
