import type { QueuedRequest } from '../../src/dispatch/queued-request.ts'

/** How a request ended. */
export type Ending = 'served' | 'full' | 'shed' | 'timeout' | 'gone'

/** A request of a simulated client, and what became of it. */
export class FakeRequest implements QueuedRequest<FakeRequest> {
  queueState: QueuedRequest<FakeRequest>['queueState'] = 'out'
  queuedAt = 0
  older: FakeRequest | undefined = undefined
  newer: FakeRequest | undefined = undefined
  readonly id: number
  readonly since: number
  servedAt = Infinity
  ending: Ending | undefined = undefined
  endedAt = Infinity

  constructor(id: number, since: number) {
    this.id = id
    this.since = since
  }

  get waitedMs(): number {
    return this.servedAt - this.since
  }

  get tookMs(): number {
    return this.endedAt - this.since
  }

  ends(ending: Ending, now: number): void {
    if (this.ending !== undefined) throw new Error(`request ${this.id} ends as ${this.ending} and as ${ending}`)
    this.ending = ending
    this.endedAt = now
  }
}
