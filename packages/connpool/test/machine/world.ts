import type { PoolRules } from '../../src/pool/pool-rules.ts'
import type { EventName } from './events.ts'

/** The circumstances of lives: what the pool goes by, and what may happen to it. */
export interface World {
  readonly name: string
  readonly rules: PoolRules
  /** Connections have a wire to watch. */
  readonly isStream: boolean
  /** What chance says whenever it is asked. */
  readonly draw: number
  /** How long the callers wait, in turn. */
  readonly timeoutsMs: readonly number[]
  readonly mostWaiting: number
  /** How much time passes with each event. */
  readonly stepMs: number
  readonly graceMs: number
  readonly events: readonly EventName[]
  /** How many events a life has; and how many it has if it is also seen to a good end. */
  readonly depth: number
  readonly depthWithEnd: number
}
