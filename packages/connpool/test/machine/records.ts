/**
 * A bookkeeping apart from the machine's: what the effects told, and what was reported to the machine, of connections
 * and callers. The checks go by this.
 */
import type { CloseReason } from '../../src/metrics/stats.ts'
import type { Entry, Examination } from '../../src/pool/entry.ts'
import type { Waiter } from '../../src/pool/waiter.ts'

export type Standing = 'dialing' | 'resting' | 'examined' | 'leased' | 'closing' | 'gone'

/** What a pool of nothing in particular lends. */
export type Thing = object

export class ConnectionRecord {
  readonly entry: Entry<Thing>
  standing: Standing = 'dialing'
  /** When it began to stand as it does. */
  since: number
  examination: Examination = 'turn'
  expiresAt = Infinity
  /** When it came to rest, or was dialed, or passed a probe: it is as good as proved for a while. */
  provenAt = -Infinity
  /** When its wire was last seen to be sound. */
  seenAt = -Infinity
  idleSince = -Infinity
  uses = 0
  /** Dialed, or passed a probe, in the event of this number. */
  provenIn = -1
  dialedIn = -1
  isCleared = false
  /** What its wire shows to whoever looks. */
  flaw: CloseReason | undefined = undefined
  hasWarned = false
  /** It was used, and has not been reset since. */
  needsReset = false
  /** Bytes of its last holder may be on their way out still. */
  needsFlush = false
  /** Its examination has said so. */
  isUnsound = false
  isTakenBack = false
  /** A dial that was given up, and may still connect. */
  mayLand = false
  /** It has been idle since an earlier turn of the loop. */
  isRested = false
  /** The dial that is to replace it. */
  replacement: ConnectionRecord | undefined = undefined

  constructor(entry: Entry<Thing>, now: number) {
    this.entry = entry
    this.since = now
  }

  get name(): string {
    return `connection ${this.entry.id}`
  }

  become(standing: Standing, now: number): void {
    this.standing = standing
    this.since = now
  }
}

export type CallerState = 'asking' | 'waiting' | 'served' | 'refused' | 'left'

export class CallerRecord {
  readonly number: number
  readonly waiter: Waiter<Thing>
  state: CallerState = 'asking'

  constructor(number: number, waiter: Waiter<Thing>) {
    this.number = number
    this.waiter = waiter
  }

  get name(): string {
    return `caller ${this.number}`
  }
}
