// #region tenants
import { PoolManager } from 'connpool'

import { command } from './redis/command.ts'
import type { Reply } from './redis/resp.ts'

/** Every tenant has a server of its own; all of them together have 200 connections of ours. */
export class TenantStore implements AsyncDisposable {
  readonly #endpoints: ReadonlyMap<string, string>
  readonly #manager = new PoolManager({
    pool: { maxSize: 20, acquireTimeoutMs: 2_000 },
    maxTotal: 200, // a busy tenant borrows what the others do not need
    idlePoolMs: 60_000, // who has been silent for a minute costs nothing
  })

  constructor(endpoints: ReadonlyMap<string, string>) {
    this.#endpoints = endpoints
  }

  ask(tenant: string, words: readonly string[]): Promise<Reply> {
    const endpoint = this.#endpoints.get(tenant)
    if (endpoint === undefined) return Promise.reject(new Error(`no such tenant: ${tenant}`))
    return this.#manager.use(endpoint, (socket, lease) => command(socket, words, lease.signal))
  }

  /** How many connections each tenant's server has. */
  connections(): Map<string, number> {
    return new Map(this.#manager.stats().pools.map(({ endpoint, stats }) => [endpoint, stats.total]))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#manager.close({ graceMs: 5_000 })
  }
}
// #endregion
