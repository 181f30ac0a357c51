import type { Entry } from './entry.ts'
import type { PoolRules } from './pool-rules.ts'

/** A stream idle for this long is checked by one turn of the loop before it is lent. */
const STALE_MS = 1_000

/** Whether an idle connection may be lent as it is, or what must be done with it first. */
export class Fitness<C> {
  readonly #hasProbe: boolean
  readonly #probeAfterIdleMs: number

  constructor(rules: Pick<PoolRules, 'hasProbe' | 'probeAfterIdleMs'>) {
    this.#hasProbe = rules.hasProbe
    this.#probeAfterIdleMs = rules.probeAfterIdleMs
  }

  /** Even what has just been released is probed. */
  get probesAlways(): boolean {
    return this.#hasProbe && this.#probeAfterIdleMs === 0
  }

  /** Asks: what examination must it pass first? */
  examinationFor(entry: Entry<C>, now: number): 'turn' | 'probe' | undefined {
    if (entry.keeper !== undefined && now >= seenAt(entry) + STALE_MS) return 'turn'
    return this.needsProbe(entry, now) ? 'probe' : undefined
  }

  needsProbe(entry: Entry<C>, now: number): boolean {
    return this.#hasProbe && now >= provenAt(entry) + this.#probeAfterIdleMs
  }

  /** Until then it may be lent without a thought. */
  freeUntil(entry: Entry<C>): number {
    const stale = entry.keeper === undefined ? Infinity : seenAt(entry) + STALE_MS
    const unproven = this.#hasProbe ? provenAt(entry) + this.#probeAfterIdleMs : Infinity
    return Math.min(entry.expiresAt, stale, unproven)
  }
}

/** When it last served or passed a probe. */
export function provenAt<C>(entry: Entry<C>): number {
  return Math.max(entry.idleSince, entry.checkedAt)
}

/** When its wire was last known to be sound. */
function seenAt<C>(entry: Entry<C>): number {
  return Math.max(entry.idleSince, entry.checkedAt, entry.turnedAt)
}
