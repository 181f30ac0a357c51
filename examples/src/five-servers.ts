import type { Socket } from 'node:net'
import { type ConnectionSource, Upstream } from 'connpool'

import { command } from './redis/command.ts'
import type { Reply } from './redis/resp.ts'

// #region five-servers
/** Servers that hold the same, so that any of them may be asked: one after the other. */
export function replicas(endpoints: readonly string[]): Upstream {
  return new Upstream({
    endpoints,
    balance: 'round-robin',
    pool: { maxSize: 10, acquireTimeoutMs: 2_000 }, // connections to each of them
    maxSize: 30, // to all of them together
  })
}

/** Knows nothing of endpoints: a `Pool` will do as well. */
export function get(source: ConnectionSource<Socket>, key: string): Promise<Reply> {
  return source.use((socket, lease) => command(socket, ['GET', key], lease.signal))
}
// #endregion

// #region affinity
/** What is asked for one user is asked of one server, which has it in its cache already. */
export function getFor(user: string, upstream: Upstream, key: string): Promise<Reply> {
  return upstream.use((socket, lease) => command(socket, ['GET', key], lease.signal), { affinityKey: user })
}
// #endregion

// #region replace
/** One server goes, another comes. Resolves when nobody has a connection to the old one any more; answers how many were cut. */
export async function replace(upstream: Upstream, old: string, next: string): Promise<number> {
  upstream.add(next)
  const { cut } = await upstream.remove(old, { graceMs: 60_000 })
  return cut
}
// #endregion
