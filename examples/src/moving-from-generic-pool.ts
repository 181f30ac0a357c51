import { Pool } from 'connpool'

/** Stands for the client of your database. */
export interface Client {
  ping(): Promise<boolean>
  query(text: string): Promise<string>
  quit(): Promise<void>
}

export function poolOf(connect: () => Promise<Client>): Pool<Client> {
  // #region pool
  const pool = new Pool<Client>({
    dial: () => connect(),
    closeConnection: (client) => client.quit(),
    probe: (client) => client.ping(),
    minSize: 2,
    maxSize: 10,
    maxWaiting: 100,
    acquireTimeoutMs: 5_000,
    closeTimeoutMs: 1_000,
    idleTimeoutMs: 30_000,
    idleOrder: 'fifo',
  })
  // #endregion
  return pool
}

// #region release
export async function ask(pool: Pool<Client>, text: string): Promise<string> {
  const lease = await pool.acquire()
  try {
    const answer = await lease.connection.query(text)
    lease.release()
    return answer
  } catch (error) {
    lease.discard() // closed; the next caller gets another one
    throw error
  }
}
// #endregion
