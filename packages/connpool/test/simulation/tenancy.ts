import type { Caller } from './caller-record.ts'
import type { ConnectionRecord } from './connection-record.ts'
import type { LeaseUnderTest } from './pool-under-test.ts'

/** How a lease ended: by its holder's word, by the pool, or because the connection was lost. */
export type TenancyEnd = 'released' | 'discarded' | 'dropped' | 'detached' | 'taken-back'

/** When a lease was heard of, and when it may have been granted. */
export interface LeaseTime {
  readonly now: number
  readonly decidedAt: number
}

/** One lease, as its holder sees it. */
export class Tenancy {
  readonly caller: Caller
  readonly connection: ConnectionRecord
  readonly lease: LeaseUnderTest
  readonly since: number
  /** When it may have begun: a stall may lie between that and the moment its holder heard of it. */
  readonly earliestSince: number
  end: TenancyEnd | undefined = undefined
  /** The connection closed while it was leased; the holder has not said anything yet. */
  isLost = false
  /** It was asked for right after a long stall, through which the connection had rested. */
  beganAfterStall = false
  /** A conversation is going on. */
  isBusy = false
  /** What the holder left on the socket. */
  readonly leftListeners: ((...args: never[]) => void)[] = []

  constructor(caller: Caller, connection: ConnectionRecord, lease: LeaseUnderTest, time: LeaseTime) {
    this.caller = caller
    this.connection = connection
    this.lease = lease
    this.since = time.now
    this.earliestSince = time.decidedAt
  }

  /** Whether the holder could still end it. */
  get isOpenForHolder(): boolean {
    return this.end === undefined
  }

  /** Whether the pool has ended it. */
  get isRevoked(): boolean {
    if (this.end !== undefined) return false
    try {
      void this.lease.connection
      return false
    } catch {
      return true
    }
  }

  /** Whether the connection is in this holder's hands, as far as it is not lost. */
  get isLive(): boolean {
    return this.end === undefined && !this.isLost
  }
}
