import type { BreakerReport } from './breaker-report.ts'
import type { BreakerState } from './breaker-rule.ts'

/** What a {@link Breaker} is the face of. */
export interface BreakerOwner {
  report(): BreakerReport
  isolate(): void
  endIsolation(): void
}

/** A hold on a breaker that was isolated. */
export interface Isolation extends Disposable {
  /** Ends this hold; the last one lets the endpoint be dialed again. Called again, it does nothing. */
  dispose(): void
}

/** The breaker of one endpoint, to be looked at and held open by hand. */
export class Breaker {
  readonly #owner: BreakerOwner

  constructor(owner: BreakerOwner) {
    this.#owner = owner
  }

  /** 'open' also while it is isolated. */
  get state(): BreakerState {
    return this.#owner.report().state
  }

  /**
   * Milliseconds until the next dial may try the endpoint: 0 unless open, `Infinity` while it is isolated, since nobody
   * knows.
   */
  get retryAfterMs(): number {
    return this.#owner.report().retryAfterMs ?? Infinity
  }

  /**
   * Holds it open until the answer is disposed of: nothing is dialed, for maintenance, say. Idle connections are still
   * lent, leases go on; who waits, and who comes and finds none idle, gets `CIRCUIT_OPEN`. Isolations nest: each has to
   * be disposed of.
   *
   * Then it is again what it was before: closed, with dials by one, two, four …; or open, and tried when due.
   */
  isolate(): Isolation {
    const owner = this.#owner
    let isHeld = true
    owner.isolate()
    const dispose = (): void => {
      if (!isHeld) return
      isHeld = false
      owner.endIsolation()
    }
    return { dispose, [Symbol.dispose]: dispose }
  }

  /** A copy of its state as plain data. */
  toJSON(): BreakerReport {
    return this.#owner.report()
  }
}
