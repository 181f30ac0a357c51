import { type BreakerRule, type BreakerState, type EndpointLike, Pool, PoolError } from 'connpool'

import { command } from './redis/command.ts'

// #region fallback
export async function priceOf(pool: Pool, id: string, remembered: (id: string) => string): Promise<string> {
  try {
    return await pool.use(async (socket) => String(await command(socket, ['GET', id])))
  } catch (error) {
    if (error instanceof PoolError && (error.code === 'CIRCUIT_OPEN' || error.code === 'DIAL_FAILED')) {
      return remembered(id) // it is down, and we were told so at once
    }
    throw error
  }
}
// #endregion

export function halfBrokenPool(endpoint: EndpointLike): Pool {
  // #region ratio
  const pool = new Pool({
    endpoint,
    breaker: {
      failureRatio: 0.3, // three tenths of what happened
      windowMs: 10_000, // in the last ten seconds
      minSamples: 20, // if that was anything to speak of
    },
  })
  // #endregion
  return pool
}

// #region discard
export async function ask(pool: Pool, words: readonly string[], userIsGone: AbortSignal): Promise<unknown> {
  const lease = await pool.acquire({ signal: userIsGone })
  try {
    const signal = AbortSignal.any([userIsGone, AbortSignal.timeout(500)])
    const reply = await command(lease.connection, words, signal)
    lease.release()
    return reply
  } catch (error) {
    lease.discard(userIsGone.aborted ? undefined : error) // with a reason it counts, without one it does not
    throw error
  }
}
// #endregion

// #region isolate
export async function maintain(pool: Pool, work: () => Promise<void>): Promise<void> {
  const isolation = pool.breaker?.isolate() // from here on nothing is dialed
  pool.clear() // and what idles goes too
  try {
    await work()
  } finally {
    isolation?.dispose()
  }
}
// #endregion

// #region rule
/** Opens at the third failure within a minute, however many successes lie between them. */
export class ThreeAMinute implements BreakerRule {
  #failedAt: number[] = []

  success(state: BreakerState): void {
    if (state === 'half-open') this.#failedAt = []
  }

  failure(): boolean {
    const now = performance.now()
    this.#failedAt = [...this.#failedAt, now].filter((at) => now - at < 60_000)
    return this.#failedAt.length >= 3
  }
}
// #endregion
