/** What came of closing a pool. */
export interface CloseReport {
  /** Leases that ended by themselves in time. */
  readonly drained: number
  /** Leases that were taken back. */
  readonly cut: number
  /** Waiting callers who were refused. */
  readonly refused: number
  readonly elapsedMs: number
}

/** The end of a pool, from the first `close()` on; all who call it get the same report. */
export class Closing {
  readonly report: Promise<CloseReport>
  cut = 0
  /** Leases there were at the start. */
  leased: number
  /** Nothing is waited for any more. */
  isAtOnce = false
  /** What holders and later callers are told, if anybody gave a reason. */
  reason: Error | undefined
  readonly #startedAt: number
  readonly #refused: number
  #resolve: (report: CloseReport) => void = () => undefined

  /** `leased` and `waiting` as they are at the start: those who wait are refused, those who hold are waited for. */
  constructor(leased: number, waiting: number, now: number) {
    this.leased = leased
    this.#refused = waiting
    this.#startedAt = now
    this.report = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  finish(now: number): void {
    const { cut } = this
    this.#resolve({ drained: this.leased - cut, cut, refused: this.#refused, elapsedMs: now - this.#startedAt })
  }
}
