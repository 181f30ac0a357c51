import type { Clock } from 'connpool'

import { RequestQueueMachine, type RequestQueueRules } from '../dispatch/request-queue-machine.ts'
import type { QueueStats } from '../server-stats.ts'
import type { TurnQueue } from '../session/lending.ts'
import type { Turn } from '../session/turn.ts'

/** The queue of a listener's requests, with the clock it lives by. */
export class RequestQueue<G> implements TurnQueue<G> {
  readonly #machine: RequestQueueMachine<Turn<G>>
  readonly #clock: Clock

  constructor(clock: Clock, capacity: number, rules: RequestQueueRules) {
    this.#clock = clock
    this.#machine = new RequestQueueMachine(capacity, rules, {
      serve: (turn) => turn.served(),
      shed: (turn) => turn.shed(),
    })
  }

  offer(turn: Turn<G>): 'served' | 'waiting' | 'refused' {
    return this.#machine.offer(turn, this.#clock.now())
  }

  finished(turn: Turn<G>): void {
    this.#machine.finished(turn, this.#clock.now())
  }

  leave(turn: Turn<G>, why: 'gone' | 'timeout'): boolean {
    return this.#machine.leave(turn, why)
  }

  pause(): void {
    this.#machine.pause(this.#clock.now())
  }

  resume(): void {
    this.#machine.resume(this.#clock.now())
  }

  setCapacity(capacity: number): void {
    this.#machine.setCapacity(capacity, this.#clock.now())
  }

  setRules(rules: RequestQueueRules): void {
    this.#machine.setRules(rules)
  }

  get length(): number {
    return this.#machine.length
  }

  stats(): QueueStats {
    return this.#machine.stats()
  }
}
