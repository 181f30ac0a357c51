import { QueueGrowth } from './queue-growth.ts'

/** A queue that would be gone within so many intervals, as fast as it shrinks now, is a burst that is being dealt with. */
const INTERVALS_TO_DRAIN = 20

/** A wait of so many intervals is too long even if it stays the same. */
const INTERVALS_TO_STAND = 10

/** A queue that has grown by less than this part of it stays the same: so does one of clients who ask again when answered. */
const GROWTH_RATIO = 0.25

/** What grows by no more than this part does not grow any more. */
const CALM_RATIO = 0.05

/** By so many times as many as are served at once a queue may vary without growing. */
const GROWTH_SLOTS = 1.5

/** A time without any service counts at most as this part of an interval. */
const MOST_OF_A_GAP = 0.5

export interface OverloadRules {
  readonly targetMs: number
  readonly intervalMs: number
}

/** One request that comes out of the queue to be served: how long it waited, how many still wait, how many are served. */
export interface Service {
  readonly waitedMs: number
  readonly waiting: number
  readonly serving: number
}

/**
 * Whether more is asked for than can be served. After CoDel (RFC 8289) and Facebook's "Fail at Scale": overload begins when,
 * for three intervals, nobody got through in less than the target, who comes through now has waited longer than an
 * interval, and the queue goes on growing, or the wait is ten intervals long.
 *
 * So neither a burst is an overload nor a crowd of clients who ask again when they are answered, however large it is: their
 * queue is long and stays as it is. It is judged where requests are served, and a time without services counts little: a
 * backend, or a process, that stands still is slow, not overloaded. It ends when the queue does not grow any more, or nobody
 * waits.
 */
export class OverloadJudge {
  #rules: OverloadRules
  #isOverloaded = false
  #servedAt = -Infinity
  /** The last time without any service: when it ended, and how much of it does not count. */
  #gap = { endedAt: -Infinity, ms: 0 }
  /** Of the time in which nobody got through quickly: what came and went in it. */
  #growth: QueueGrowth | undefined

  constructor(rules: OverloadRules) {
    this.#rules = rules
  }

  get isOverloaded(): boolean {
    return this.#isOverloaded
  }

  /** What was counted over the intervals before does not count. An overload goes on until it is known anew. */
  set rules(rules: OverloadRules) {
    this.#rules = rules
    this.#growth = undefined
  }

  /** Asks: has anybody been served lately? */
  isServing(now: number): boolean {
    return now - this.#servedAt <= this.#rules.intervalMs
  }

  /** Somebody has asked, be it one too many. */
  arrived(): void {
    this.#growth?.arrived()
  }

  /** How long a request may wait under overload. */
  get patienceMs(): number {
    return this.#rules.intervalMs * INTERVALS_TO_STAND
  }

  /** Nobody waits, or what waits is not to be judged: there is no overload. */
  calm(now: number): void {
    this.#isOverloaded = false
    this.#growth = undefined
    this.#servedAt = now
  }

  served(service: Service, now: number): void {
    const gapMs = now - this.#servedAt
    const countedMs = Math.min(gapMs, this.#rules.intervalMs * MOST_OF_A_GAP)
    this.#servedAt = now
    if (gapMs > countedMs) this.#gap = { endedAt: now, ms: gapMs - countedMs }
    if (!this.#isOverloaded && service.waitedMs < this.#rules.targetMs) this.#growth = undefined
    else this.#measure(service, countedMs, now)
  }

  #measure(service: Service, gapMs: number, now: number): void {
    this.#growth ??= new QueueGrowth(this.#rules.intervalMs)
    const growth = this.#growth
    growth.served(gapMs)
    if (!growth.isKnown) return
    if (this.#isOverloaded) {
      if (growth.count <= Math.max(service.waiting * CALM_RATIO, service.serving)) this.calm(now)
    } else if (service.waitedMs > this.#rules.intervalMs) {
      this.#isOverloaded = this.#isGrowing(service, growth) || this.#isStanding(service, growth, now)
    }
  }

  #isGrowing({ waiting, serving }: Service, { count }: QueueGrowth): boolean {
    return count > Math.max(waiting * GROWTH_RATIO, serving * GROWTH_SLOTS)
  }

  #isStanding({ waitedMs, waiting }: Service, { perMs }: QueueGrowth, now: number): boolean {
    const { intervalMs } = this.#rules
    const isDraining = -perMs * intervalMs * INTERVALS_TO_DRAIN >= waiting
    return waitedMs - this.#uncounted(now - waitedMs) > intervalMs * INTERVALS_TO_STAND && !isDraining
  }

  /** How much of the wait of one who came then was a time without any service. */
  #uncounted(since: number): number {
    const { endedAt, ms } = this.#gap
    return Math.min(ms, Math.max(0, endedAt - since))
  }
}
