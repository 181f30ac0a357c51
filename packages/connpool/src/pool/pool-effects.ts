import type { BreakerState, Outcome } from '../breaker/breaker-rule.ts'
import type { CloseReason } from '../metrics/stats.ts'
import type { Entry } from './entry.ts'
import type { Waiter } from './waiter.ts'

/** Why a waiter is answered with an error. */
export type Refusal = 'POOL_CLOSED' | 'ACQUIRE_TIMEOUT' | 'QUEUE_FULL' | 'DIAL_FAILED' | 'CIRCUIT_OPEN'

/** Why a lease ends though its holder has not said so. */
export type TakenBack = 'lease-time' | 'pool-closed' | 'lost'

/** Why a dial is given up. `stalled`: its time went by while the loop was blocked, which is not the endpoint's fault. */
export type GivenUp = 'timeout' | 'stalled' | 'pool-closed'

export type Lifecycle = 'running' | 'draining' | 'stopped'

/** What the rules ask of the world. All are orders, but for `flaw`, a question. None may call back in the same turn. */
export interface PoolEffects<C> {
  /** Report `dialed` or `dialFailed`. */
  dial(entry: Entry<C>): void
  /** Stop a dial; `openedInVain` is to be reported if it connects all the same, `closed` when nothing of it is left. */
  giveUpDial(entry: Entry<C>, why: GivenUp): void
  grant(waiter: Waiter<C>, entry: Entry<C>): void
  refuse(waiter: Waiter<C>, refusal: Refusal, now: number): void
  /** What keeps this idle stream from being lent, as far as its wire shows. */
  flaw(entry: Entry<C>): CloseReason | undefined
  /** Report `examined`. */
  examine(entry: Entry<C>): void
  /** Report `closed` when it is gone. Without a reason it was never open. */
  close(entry: Entry<C>, reason: CloseReason | undefined): void
  /** It took too long to close: cut it off; its slot is free already. */
  abandon(entry: Entry<C>): void
  endLease(entry: Entry<C>, why: TakenBack): void
  warnOfLeak(entry: Entry<C>): void
  /** Report `tick` at that time, instead of at any asked for before. */
  wakeAt(time: number): void
  /** Report `polled` when pending I/O has had its turn. */
  afterPoll(): void
  breakerChanged(state: BreakerState): void
  /** Tell the user's rule, if he has one; report `condemned` if it wants the breaker open. */
  askRule(outcome: Outcome, state: BreakerState): void
  /** The last connection is gone and no other will come. Said once. */
  drained(): void
}
