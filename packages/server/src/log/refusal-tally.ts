import type { RefusalReason } from '../refusal.ts'
import type { RefusedClient } from './server-log.ts'

/** How many clients a listener has refused for one reason, and who was the last. */
export interface RefusalCount {
  readonly listener: string
  readonly reason: RefusalReason
  readonly count: number
  readonly lastRemoteAddress: string | undefined
}

/** Counts refused clients by listener and reason, which are few, whatever clients do. */
export class RefusalTally {
  readonly #counts = new Map<string, { -readonly [K in keyof RefusalCount]: RefusalCount[K] }>()

  add({ listener, reason, remoteAddress }: RefusedClient): void {
    const key = `${reason} ${listener}`
    const counted = this.#counts.get(key)
    if (counted === undefined) {
      this.#counts.set(key, { listener, reason, count: 1, lastRemoteAddress: remoteAddress })
      return
    }
    counted.count++
    counted.lastRemoteAddress = remoteAddress
  }

  /** What was counted since it was last asked. */
  take(): RefusalCount[] {
    const counts = [...this.#counts.values()]
    this.#counts.clear()
    return counts
  }
}
