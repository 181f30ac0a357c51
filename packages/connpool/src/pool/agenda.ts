import type { Entry } from './entry.ts'
import { provenAt } from './fitness.ts'
import type { PoolRules } from './pool-rules.ts'

/** What time alone can demand of a connection. */
export type Demand =
  'give-up-dial' | 'retire' | 'close-idle' | 'probe' | 'fail-examination' | 'take-back' | 'warn' | 'replace' | 'abandon'

/** What of the pool as a whole bears on one connection's demands. */
export interface Surroundings {
  /** There are more connections than must be kept. */
  readonly hasSurplus: boolean
  /** Another one may be taken out of service for a background probe. */
  readonly mayProbe: boolean
}

/** One demand, and when it is made. */
export interface Due {
  readonly demand: Demand
  readonly at: number
}

const NEVER: Due = { demand: 'retire', at: Infinity }

/** When each connection next wants attention, and what for: one answer serves the alarm clock and the housekeeping. */
export class Agenda<C> {
  readonly #rules: PoolRules

  constructor(rules: PoolRules) {
    this.#rules = rules
  }

  next(entry: Entry<C>, surroundings: Surroundings): Due {
    const rules = this.#rules
    const { since } = entry
    switch (entry.state) {
      case 'dialing':
        return { demand: 'give-up-dial', at: since + rules.dialTimeoutMs }
      case 'idle':
        return this.#nextOfIdle(entry, surroundings)
      case 'probing':
        return { demand: 'fail-examination', at: since + this.#examinationMs(entry) }
      case 'leased':
        return this.#nextOfLeased(entry)
      case 'closing':
        return { demand: 'abandon', at: since + rules.closeTimeoutMs }
      case 'gone':
        return NEVER
    }
  }

  #examinationMs({ examination }: Entry<C>): number {
    return examination === 'reset' ? this.#rules.resetTimeoutMs : this.#rules.probeTimeoutMs
  }

  #nextOfIdle(entry: Entry<C>, { hasSurplus, mayProbe }: Surroundings): Due {
    const { idleTimeoutMs, probeIntervalMs, hasProbe } = this.#rules
    return earliest(
      { demand: 'retire', at: entry.isBeingReplaced ? Infinity : entry.expiresAt },
      { demand: 'close-idle', at: hasSurplus ? entry.idleSince + idleTimeoutMs : Infinity },
      { demand: 'probe', at: hasProbe && mayProbe ? provenAt(entry) + probeIntervalMs : Infinity },
    )
  }

  #nextOfLeased(entry: Entry<C>): Due {
    const { maxLeaseMs, leakWarnMs } = this.#rules
    return earliest(
      { demand: 'take-back', at: entry.since + maxLeaseMs },
      { demand: 'warn', at: entry.hasWarned ? Infinity : entry.since + leakWarnMs },
      { demand: 'replace', at: entry.isBeingReplaced ? Infinity : entry.expiresAt },
    )
  }
}

/** Of those due at the same time the one named first. */
function earliest(...dues: readonly Due[]): Due {
  return dues.reduce((first, due) => (due.at < first.at ? due : first), NEVER)
}
