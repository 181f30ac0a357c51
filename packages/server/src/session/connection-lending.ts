import type { Socket } from 'node:net'

import { type Lease, PoolError } from 'connpool'

import type { NamedUpstream } from '../upstreams/named-upstream.ts'
import type { Lending, TurnQueue } from './lending.ts'

/** Connections of an upstream, which another may take the place of while requests wait. */
export class ConnectionLending implements Lending<Lease<Socket>> {
  readonly queue: TurnQueue<Lease<Socket>>
  upstream: NamedUpstream

  constructor(queue: TurnQueue<Lease<Socket>>, upstream: NamedUpstream) {
    this.queue = queue
    this.upstream = upstream
  }

  tryLend(): Lease<Socket> | undefined {
    return this.upstream.tryLend()
  }

  async lend(signal: AbortSignal): Promise<Lease<Socket>> {
    const { upstream } = this
    try {
      return await upstream.lend(signal)
    } catch (error) {
      const isReplaced = this.upstream !== upstream && error instanceof PoolError && error.code === 'POOL_CLOSED'
      if (!isReplaced) throw error
      return await this.lend(signal)
    }
  }

  mayRetry(): boolean {
    return this.upstream.mayRetry()
  }

  giveBack(lease: Lease<Socket>, how: 'clean' | 'broken', reason?: unknown): void {
    if (how === 'clean') lease.release()
    else lease.discard(reason)
  }
}
