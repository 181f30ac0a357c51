import type { WorkerLoad } from './worker-load.ts'

/** A worker has head-room while less than this part of its queue is used. */
const HALF = 0.5
/** A worker takes from the overflow queue while less than this part of its queue is used. */
const QUARTER = 0.25

/** What the primary knows of one worker: what it reported, and what has been sent to it since. */
export class WorkerLedger<C> {
  /** Those on their way to it, in the order in which they were sent. */
  readonly handedOver: Set<C> = new Set<C>()
  isDraining: boolean = false
  #load: WorkerLoad
  /** It has sent a connection back: nothing more is sent until it reports. */
  #hasReturned = false
  /** Acknowledged since its last report, which therefore does not count them. */
  #acknowledged = 0

  constructor(load: WorkerLoad) {
    this.#load = load
  }

  /** Reports and acknowledgements come in the order in which the worker sent them. */
  reported(load: WorkerLoad): void {
    this.#load = load
    this.#acknowledged = 0
    this.#hasReturned = false
  }

  acknowledged(connection: C): void {
    this.handedOver.delete(connection)
    this.#acknowledged++
  }

  returned(connection: C): void {
    this.handedOver.delete(connection)
    this.#hasReturned = true
  }

  /** Its clients, and those on their way to it. */
  get clients(): number {
    return this.#load.sessions + this.#acknowledged + this.handedOver.size
  }

  /** Nobody waited in it when it last reported. */
  get isIdle(): boolean {
    return this.#load.waiting === 0
  }

  get hasHeadRoom(): boolean {
    return this.#mayTake && this.#isBelow(HALF)
  }

  get isHungry(): boolean {
    return this.#mayTake && this.#isBelow(QUARTER)
  }

  /** How much of its queue is used, if each of those on their way brings one request. */
  get fullness(): number {
    const { waiting, limit } = this.#load
    return (waiting + this.handedOver.size) / Math.max(1, limit)
  }

  get #mayTake(): boolean {
    return !this.isDraining && !this.#hasReturned && this.clients < this.#load.maxSessions
  }

  /** One that has nothing to do may always be sent something, however short its queue is. */
  #isBelow(part: number): boolean {
    return this.#load.waiting + this.handedOver.size === 0 || this.fullness < part
  }
}
