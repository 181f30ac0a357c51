import { type Lease, PoolError } from 'connpool'

import type { NamedUpstream } from '../upstreams/named-upstream.ts'
import type { Lending, TurnQueue } from './lending.ts'
import type { Backend } from './port-of.ts'

/** Connections of an upstream, which another may take the place of while requests wait. */
export class ConnectionLending implements Lending<Lease<Backend>> {
  readonly queue: TurnQueue<Lease<Backend>>
  upstream: NamedUpstream

  constructor(queue: TurnQueue<Lease<Backend>>, upstream: NamedUpstream) {
    this.queue = queue
    this.upstream = upstream
  }

  tryLend(): Lease<Backend> | undefined {
    return this.upstream.tryLend()
  }

  async lend(signal: AbortSignal): Promise<Lease<Backend>> {
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

  giveBack(lease: Lease<Backend>, how: 'clean' | 'broken', reason?: unknown): void {
    if (how === 'clean') lease.release()
    else lease.discard(reason)
  }
}
