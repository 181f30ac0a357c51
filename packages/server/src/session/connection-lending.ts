import type { Socket } from 'node:net'

import type { Lease } from 'connpool'

import type { NamedUpstream } from '../upstreams/named-upstream.ts'
import type { Lending, TurnQueue } from './lending.ts'

/** Connections of an upstream. */
export class ConnectionLending implements Lending<Lease<Socket>> {
  readonly queue: TurnQueue<Lease<Socket>>
  readonly #upstream: NamedUpstream

  constructor(queue: TurnQueue<Lease<Socket>>, upstream: NamedUpstream) {
    this.queue = queue
    this.#upstream = upstream
  }

  tryLend(): Lease<Socket> | undefined {
    return this.#upstream.tryLend()
  }

  lend(signal: AbortSignal): Promise<Lease<Socket>> {
    return this.#upstream.lend(signal)
  }

  giveBack(lease: Lease<Socket>, how: 'clean' | 'broken', reason?: unknown): void {
    if (how === 'clean') lease.release()
    else lease.discard(reason)
  }
}
