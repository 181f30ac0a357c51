import { type EndpointLike, type Pool as AnyPool, Pool, redisPing, sendExpect } from 'connpool'

import { command } from './redis/command.ts'

export function probedPool(endpoint: EndpointLike): Pool {
  // #region probe
  const pool = new Pool({
    endpoint,
    probe: redisPing(), // sends PING, wants +PONG and nothing else
    probeAfterIdleMs: 500, // before lending, if idle for half a second or more
    probeIntervalMs: 30_000, // and in the background
    probeTimeoutMs: 1_000, // no answer within a second is a bad answer
  })
  // #endregion
  return pool
}

export function pingedPool(endpoint: EndpointLike): Pool {
  // #region send-expect
  const pool = new Pool({
    endpoint,
    probe: sendExpect({ send: 'PING\r\n', expect: '+PONG\r\n' }),
    probeAfterIdleMs: 500,
  })
  // #endregion
  return pool
}

export function writersPool(endpoint: EndpointLike): Pool {
  // #region own-probe
  const pool = new Pool({
    endpoint,
    // A replica answers PING too. This pool wants to write, so that a connection to a replica is of no use to it.
    probe: async (socket, { signal }) => {
      const role = await command(socket, ['ROLE'], signal)
      return Array.isArray(role) && role[0] === 'master'
    },
    probeAfterIdleMs: 500,
  })
  // #endregion
  return pool
}

// #region readiness
/** For a readiness endpoint: can this process serve, now? */
export async function isReady(pool: AnyPool): Promise<boolean> {
  const signal = AbortSignal.timeout(1_000)
  try {
    await pool.use((socket) => command(socket, ['PING'], signal), { signal })
    return true
  } catch {
    return false
  }
}
// #endregion
