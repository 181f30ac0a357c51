import { FailureWindow } from '../breaker/failure-window.ts'
import type { OutlierOptions } from './outlier-options.ts'

/** An ejection is up to this much shorter, so that a fleet does not come back at once. */
const JITTER_RATIO = 0.25

/**
 * Which endpoints are left out for a while because they fail where others do not (Envoy's outlier detection). Never
 * more than `maxEjectionRatio` of them at once, or one incident would become a full outage; but one at least, if any.
 *
 * An ejection ends by time alone: nothing has to be told then. Pure: time and randomness come as arguments.
 */
export class OutlierMachine {
  readonly #rules: Required<OutlierOptions>
  /** Those ejected of late; some may be back by now. */
  readonly #ejected = new Set<OutlierRecord>()
  #size = 0

  constructor(rules: Required<OutlierOptions>) {
    this.#rules = rules
  }

  /** A new endpoint: what it does is to be told to the record. */
  add(): OutlierRecord {
    this.#size++
    return new OutlierRecord(this.#rules, (record, now) => this.#mayEject(record, now))
  }

  /** It is gone, and must not be told anything any more. If too many are out for those that are left, some come back. */
  remove(record: OutlierRecord): void {
    this.#size--
    this.#ejected.delete(record)
    for (let next = this.#soonest; next !== undefined && this.#ejected.size > this.#most; next = this.#soonest) {
      this.#ejected.delete(next)
      next.pardon()
    }
  }

  /** How many are out at that time. */
  ejectedCount(now: number): number {
    let count = 0
    for (const { ejectedUntil } of this.#ejected) if (ejectedUntil > now) count++
    return count
  }

  /** Who of those that are out at that time comes back first: at its `ejectedUntil`. Looks only at those that are out. */
  next(now: number): OutlierRecord | undefined {
    this.#forgetReturned(now)
    return this.#soonest
  }

  get #most(): number {
    const { maxEjectionRatio } = this.#rules
    return maxEjectionRatio === 0 ? 0 : Math.max(1, Math.floor(this.#size * maxEjectionRatio))
  }

  get #soonest(): OutlierRecord | undefined {
    let soonest: OutlierRecord | undefined
    for (const record of this.#ejected) {
      if (soonest === undefined || record.ejectedUntil < soonest.ejectedUntil) soonest = record
    }
    return soonest
  }

  /** Answers whether there is a place for one more; it is taken then. */
  #mayEject(record: OutlierRecord, now: number): boolean {
    this.#forgetReturned(now)
    if (this.#ejected.size >= this.#most) return false
    this.#ejected.add(record)
    return true
  }

  #forgetReturned(now: number): void {
    for (const record of this.#ejected) if (record.ejectedUntil <= now) this.#ejected.delete(record)
  }
}

/**
 * What is remembered of one endpoint; made by {@link OutlierMachine.add}. It is told what comes of every dial and lease,
 * in constant time but for a failure that is one too many.
 */
export class OutlierRecord {
  readonly #rules: Required<OutlierOptions>
  readonly #mayEject: (record: OutlierRecord, now: number) => boolean
  readonly #window: FailureWindow
  #failures = 0
  #ejectedUntil = -Infinity
  /** When the last ejection was to end, also if it was cut short: from then on time is spent well. */
  #sentencedUntil = -Infinity
  /** How many `baseEjectionMs` the last ejection was long. */
  #times = 0

  /** `mayEject` answers whether one more may be out, and keeps the place. */
  constructor(rules: Required<OutlierOptions>, mayEject: (record: OutlierRecord, now: number) => boolean) {
    this.#rules = rules
    this.#mayEject = mayEject
    this.#window = new FailureWindow(rules.windowMs)
  }

  /** It is left out before that time; in the past, or `-Infinity`, if it is not. */
  get ejectedUntil(): number {
    return this.#ejectedUntil
  }

  /**
   * No failure is counted: successes may go untold until the next one. The share of failures is then that of the time
   * since that failure, which is no less fair.
   */
  get isCalm(): boolean {
    return this.#failures === 0 && this.#window.failures === 0
  }

  /** A dial has succeeded, or a lease has ended well. */
  succeeded(now: number): void {
    if (now < this.#ejectedUntil) return
    this.#failures = 0
    this.#window.succeeded(now)
  }

  /**
   * A dial has failed, or a lease has ended badly. `draw` is a random number from 0 to 1. Answers whether it is ejected
   * by this. Of what happens while it is, nothing is counted: that is left over from before.
   */
  failed(draw: number, now: number): boolean {
    if (now < this.#ejectedUntil) return false
    this.#failures++
    this.#window.failed(now)
    if (!this.#isOutlier || !this.#mayEject(this, now)) return false
    this.#eject(draw, now)
    return true
  }

  /** It is back before its time. */
  pardon(): void {
    this.#ejectedUntil = -Infinity
  }

  get #isOutlier(): boolean {
    const { consecutiveFailures, failureRatio, minSamples } = this.#rules
    return this.#failures >= consecutiveFailures || this.#window.reaches(failureRatio, minSamples)
  }

  /** Longer each time; each window since the last ejection makes up for one. */
  #eject(draw: number, now: number): void {
    const { windowMs, baseEjectionMs, maxEjectionMs } = this.#rules
    const spentWell = Math.max(0, Math.floor((now - this.#sentencedUntil) / windowMs))
    this.#times = Math.max(0, this.#times - spentWell) + 1
    const longestMs = Math.min(maxEjectionMs, baseEjectionMs * this.#times)
    this.#ejectedUntil = now + longestMs * (1 - JITTER_RATIO * draw)
    this.#sentencedUntil = this.#ejectedUntil
    this.#failures = 0
    this.#window.clear()
  }
}
