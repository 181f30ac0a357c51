import { Histogram } from 'connpool'

import type { RefusalReason } from '../refusal.ts'
import type { ListenerStats } from '../server-stats.ts'
import type { SessionEnd } from './session-end.ts'

export type Outcome = 'ok' | 'cut' | RefusalReason

type Counts<K extends string> = Partial<Record<K, number>>

/** What is counted of one listener. */
export class ListenerCounters {
  sessions = 0
  bytesIn = 0
  bytesOut = 0
  readonly #ended: Counts<SessionEnd> = {}
  readonly #requests: Counts<Outcome> = {}
  readonly #refused: Counts<RefusalReason> = {}
  readonly #requestTime = new Histogram()
  #timed = 0

  sessionEnded(end: SessionEnd): void {
    this.#ended[end] = (this.#ended[end] ?? 0) + 1
  }

  /** `ms`: from the first byte of the request to the last of its reply. */
  requestEnded(outcome: Outcome, ms: number): void {
    this.#requests[outcome] = (this.#requests[outcome] ?? 0) + 1
    this.#timed++
    this.#requestTime.record(ms)
  }

  clientRefused(reason: RefusalReason): void {
    this.#refused[reason] = (this.#refused[reason] ?? 0) + 1
  }

  stats(): Omit<ListenerStats, 'queue'> {
    const { sessions, bytesIn, bytesOut } = this
    return {
      sessions,
      bytesIn,
      bytesOut,
      ended: { ...this.#ended },
      requests: { ...this.#requests },
      refused: { ...this.#refused },
      requestTime: this.#requestTime.snapshot(this.#timed),
    }
  }
}
