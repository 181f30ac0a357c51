import pg from 'pg'
import PgPool from 'pg-pool'
import type { OpenedPool, OpenOptions } from './subject.ts'

type Connected = (error: Error | null) => void

/** pg-pool over a client that dials as the bench says instead of speaking to PostgreSQL; no idle timer, no timeout. */
export function openPgPool<C extends object>(options: OpenOptions<C>): OpenedPool<C> {
  class StubClient extends pg.Client {
    dialed: C | undefined

    override connect(): Promise<this>
    override connect(connected: Connected): void
    override connect(connected?: Connected): Promise<this> | undefined {
      const dialing = this.#dial()
      if (connected === undefined) return dialing
      dialing.then(() => {
        connected(null)
      }, connected)
      return undefined
    }

    override end(): Promise<void>
    override end(ended: Connected): void
    override end(ended?: Connected): Promise<void> | undefined {
      if (ended === undefined) return Promise.resolve()
      process.nextTick(ended, null)
      return undefined
    }

    // A real client forwards these to a connected socket, at once; on this one's unconnected socket each call would add a listener.
    ref(): void {}
    unref(): void {}

    async #dial(): Promise<this> {
      this.dialed = await options.dial()
      return this
    }
  }

  const pool = new PgPool<StubClient>({ Client: StubClient, max: options.size, idleTimeoutMillis: 0 })
  return {
    acquire: () => pool.connect(),
    connectionOf: (client: StubClient & pg.PoolClient) => {
      if (client.dialed === undefined) throw new Error('pg-pool lent a client that was never dialed')
      return client.dialed
    },
    release: (client: StubClient & pg.PoolClient) => {
      client.release()
    },
    close: () => pool.end(),
  }
}
