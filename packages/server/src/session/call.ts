import type { RefusalReason } from '../refusal.ts'
import type { DeadlineList } from './deadline-list.ts'
import type { TurnPhase } from './turn.ts'

/** Requests of one client that are answered together, in order: those that came in one go and share one connection. */
export interface Batch {
  readonly frames: readonly Buffer[]
  /** How many replies they have. */
  readonly replies: number
}

/** Whom a call tells how it goes. After `answered` or `failed` it is over. */
export interface Caller {
  /** Bytes of the replies. False: the client does not read; nothing more until `clientWritable()`. */
  reply(bytes: Uint8Array): boolean
  answered(): void
  /**
   * `left` replies are missing. `isTorn`: of the first of them the client has a part, so no other answer can be given.
   * Nothing was written for it unless the reason says so.
   */
  failed(reason: RefusalReason, how: { readonly left: number; readonly isTorn: boolean }): void
}

/** How a batch is answered: by a backend, or by a handler. */
export interface Call {
  begin(): void
  /** Where it stands. */
  readonly phase: TurnPhase
  /** Its time is up: ends in `failed`, at once. */
  timeUp(): void
  /** Nobody reads the replies any more: it comes to a clean end by itself, within its deadline, or is given up. */
  abandon(deadlines: DeadlineList): void
  clientWritable(): void
}
