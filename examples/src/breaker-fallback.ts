// #region breaker-fallback
import { PoolError, type Upstream } from 'connpool'

import { command } from './redis/command.ts'
import type { Reply } from './redis/resp.ts'

const MOST_REMEMBERED = 10_000

export interface Answer {
  readonly value: Reply
  /** More than 0: remembered, because no server can be reached. So long there is no sense in asking again. */
  readonly staleForMs: number
}

/** Answers with what it was last told while all servers are down. Nobody waits for them meanwhile. */
export class RememberingStore {
  readonly #upstream: Upstream
  readonly #remembered = new Map<string, Reply>()

  constructor(upstream: Upstream) {
    this.#upstream = upstream
  }

  async get(key: string): Promise<Answer> {
    try {
      const value = await this.#upstream.use((socket, lease) => command(socket, ['GET', key], lease.signal))
      this.#remember(key, value)
      return { value, staleForMs: 0 }
    } catch (error) {
      const value = this.#remembered.get(key)
      if (value === undefined || !isOutage(error)) throw error
      return { value, staleForMs: Math.max(1, error.retryAfterMs ?? 0) }
    }
  }

  /** The oldest is forgotten where there are too many. */
  #remember(key: string, value: Reply): void {
    this.#remembered.delete(key)
    this.#remembered.set(key, value)
    const [oldest] = this.#remembered.keys()
    if (this.#remembered.size > MOST_REMEMBERED && oldest !== undefined) this.#remembered.delete(oldest)
  }
}

/** `DIAL_FAILED` for who waited when the last endpoint was given up, `CIRCUIT_OPEN` for who came after that. */
function isOutage(error: unknown): error is PoolError {
  return error instanceof PoolError && (error.code === 'DIAL_FAILED' || error.code === 'CIRCUIT_OPEN')
}
// #endregion
