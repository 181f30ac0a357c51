/** A queue that would be gone within so many intervals, as fast as it shrinks now, is a burst that is being dealt with. */
const INTERVALS_TO_DRAIN = 20

/** A time without any service counts at most as this part of an interval. */
const MOST_OF_A_GAP = 0.5

export interface OverloadRules {
  readonly targetMs: number
  readonly intervalMs: number
}

/** One request that comes out of the queue to be served: how long it waited, and how many still wait. */
export interface Service {
  readonly waitedMs: number
  readonly waiting: number
}

/**
 * Whether more is asked for than can be served. After CoDel (RFC 8289) and Facebook's "Fail at Scale": overload begins when,
 * for a whole interval, nobody got through in less than the target, and who comes through now has waited longer than an
 * interval; unless the queue shrinks fast enough to be gone soon. So neither a crowd whose short wait stays the same nor
 * a burst is one.
 *
 * It is judged where requests are served, and a time without services counts little: a backend that stands still is slow,
 * not overloaded. It ends when for an interval nobody had to be shed, or nobody waits.
 */
export class OverloadJudge {
  #rules: OverloadRules
  #isOverloaded = false
  #servedAt = -Infinity
  #shedAt = -Infinity
  /** Of the time in which nobody got through quickly: how much of it counts, and what came and went in it. */
  #slowForMs = -1
  #arrived = 0
  #served = 0

  constructor(rules: OverloadRules) {
    this.#rules = rules
  }

  get isOverloaded(): boolean {
    return this.#isOverloaded
  }

  set rules(rules: OverloadRules) {
    this.#rules = rules
  }

  /** Asks: has anybody been served lately? */
  isServing(now: number): boolean {
    return now - this.#servedAt <= this.#rules.intervalMs
  }

  arrived(): void {
    this.#arrived++
  }

  shed(now: number): void {
    this.#shedAt = now
  }

  /** Nobody waits, or what waits is not to be judged: there is no overload. */
  calm(now: number): void {
    this.#isOverloaded = false
    this.#slowForMs = -1
    this.#servedAt = now
  }

  served(service: Service, now: number): void {
    const gapMs = Math.min(now - this.#servedAt, this.#rules.intervalMs * MOST_OF_A_GAP)
    this.#servedAt = now
    if (this.#isOverloaded) this.#mayEnd(now)
    else if (service.waitedMs < this.#rules.targetMs) this.#slowForMs = -1
    else if (this.#slowForMs < 0) this.#measureAnew()
    else this.#measure(service, gapMs, now)
  }

  #mayEnd(now: number): void {
    if (now - this.#shedAt >= this.#rules.intervalMs) this.calm(now)
  }

  #measureAnew(): void {
    this.#slowForMs = 0
    this.#arrived = 0
    this.#served = 0
  }

  #measure(service: Service, gapMs: number, now: number): void {
    this.#slowForMs += gapMs
    this.#served++
    const { intervalMs } = this.#rules
    if (this.#slowForMs < intervalMs || service.waitedMs <= intervalMs) return
    if (this.#isDraining(service.waiting)) return this.#measureAnew()
    this.#isOverloaded = true
    this.#shedAt = now
  }

  /** Counts who was served, not who lost patience: a queue that shrinks because clients leave is an overload. */
  #isDraining(waiting: number): boolean {
    const perMs = (this.#served - this.#arrived) / this.#slowForMs
    return perMs * this.#rules.intervalMs * INTERVALS_TO_DRAIN >= waiting
  }
}
