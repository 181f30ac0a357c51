import type { BreakerEvent, PoolObserver } from 'connpool'

import type { ServerLog } from './server-log.ts'

/** Endpoints may come and go with their names; those that went while they were down are forgotten beyond this many. */
const MOST_REMEMBERED = 1_000

/** Tells the log when an endpoint of an upstream goes down and when it is up again, each once. */
export class EndpointObserver implements PoolObserver {
  readonly #upstream: string
  readonly #log: ServerLog
  readonly #down = new Set<string>()

  constructor(upstream: string, log: ServerLog) {
    this.#upstream = upstream
    this.#log = log
  }

  breaker({ endpoint, state, cause }: BreakerEvent): void {
    switch (state) {
      case 'half-open':
        return
      case 'open':
        return this.#wentDown(endpoint, cause)
      case 'closed':
        return this.#cameUp(endpoint)
    }
  }

  #wentDown(endpoint: string, error: Error | undefined): void {
    if (this.#down.has(endpoint)) return
    for (const oldest of this.#down) {
      if (this.#down.size < MOST_REMEMBERED) break
      this.#down.delete(oldest)
    }
    this.#down.add(endpoint)
    this.#log.event({ event: 'endpoint-down', upstream: this.#upstream, endpoint, ...(error && { error }) })
  }

  #cameUp(endpoint: string): void {
    if (this.#down.delete(endpoint)) {
      this.#log.event({ event: 'endpoint-up', upstream: this.#upstream, endpoint })
    }
  }
}
