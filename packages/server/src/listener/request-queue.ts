import type { Clock } from 'connpool'

import { RequestQueueMachine, type RequestQueueRules } from '../dispatch/request-queue-machine.ts'
import type { QueueStats } from '../server-stats.ts'
import type { TurnQueue } from '../session/lending.ts'
import type { Turn } from '../session/turn.ts'
import { sumHistograms } from '../stats/sum-histograms.ts'
import { sumSameRecords } from '../stats/sum-records.ts'

export interface RequestQueueOptions {
  readonly rules: RequestQueueRules
  /** Called when more or fewer wait than when it was called last. */
  readonly changed?: (() => void) | undefined
}

/** The queue of a listener's requests, with the clock it lives by. */
export class RequestQueue<G> implements TurnQueue<G> {
  readonly #machine: RequestQueueMachine<Turn<G>>
  readonly #clock: Clock
  readonly #changed: (() => void) | undefined
  #saidLength = 0
  /** Of the queue that it took the place of. */
  #past: Pick<QueueStats, 'waitTime' | 'dropped'> | undefined

  constructor(clock: Clock, capacity: number, { rules, changed }: RequestQueueOptions) {
    this.#clock = clock
    this.#changed = changed
    this.#machine = new RequestQueueMachine(capacity, rules, {
      serve: (turn) => turn.served(),
      shed: (turn) => turn.shed(),
    })
  }

  offer(turn: Turn<G>): 'served' | 'waiting' | 'refused' {
    const answer = this.#machine.offer(turn, this.#clock.now())
    this.#sayLength()
    return answer
  }

  finished(turn: Turn<G>): void {
    this.#machine.finished(turn, this.#clock.now())
    this.#sayLength()
  }

  leave(turn: Turn<G>, why: 'gone' | 'timeout'): boolean {
    const hasLeft = this.#machine.leave(turn, why)
    this.#sayLength()
    return hasLeft
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

  /** What was counted by the queue that it takes the place of. */
  countOn(past: QueueStats): void {
    this.#past = past
  }

  stats(): QueueStats {
    const own = this.#machine.stats()
    if (this.#past === undefined) return own
    const { waitTime, dropped } = this.#past
    return {
      ...own,
      waitTime: sumHistograms([waitTime, own.waitTime]),
      dropped: sumSameRecords([dropped, own.dropped]),
    }
  }

  #sayLength(): void {
    const { length } = this.#machine
    if (length === this.#saidLength || this.#changed === undefined) return
    this.#saidLength = length
    this.#changed()
  }
}
