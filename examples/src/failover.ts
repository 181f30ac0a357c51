// #region failover
import { Upstream } from 'connpool'

import { command } from './redis/command.ts'
import type { Reply } from './redis/resp.ts'

/** A primary, and a replica that stands in for it. */
export function primaryWithBackup(primary: string, backup: string): Upstream {
  return new Upstream({
    endpoints: [primary, { endpoint: backup, backup: true }],
    pool: { breaker: { openMs: 1_000, maxOpenMs: 5_000 } }, // how soon, and then how often, the primary is tried again
    outlier: false, // an ejection, 30 s at first, would keep it out for longer than that
  })
}

/** Asks whoever can be asked, and tells who that was. */
export function ask(upstream: Upstream, words: readonly string[]): Promise<{ reply: Reply; by: string }> {
  return upstream.use(async (socket, lease) => ({
    reply: await command(socket, words, lease.signal),
    by: lease.info.endpoint,
  }))
}
// #endregion
