import type { LazyAbort } from '../dial/lazy-abort.ts'
import type { Keeper } from '../health/keeper.ts'
import type { CloseReason } from '../metrics/stats.ts'
import type { Lease } from './lease.ts'

export type EntryState = 'dialing' | 'idle' | 'probing' | 'leased' | 'closing' | 'gone'

/**
 * What is being done to a connection while it is `probing`, in nobody's hands: a check of one poll turn, the user's
 * probe before lending, the same in the background, a wait of one poll turn for the last bytes of a holder to go out, or
 * the user's reset after a release.
 */
export type Examination = 'turn' | 'probe' | 'background' | 'flush' | 'reset'

/**
 * One connection and everything that is known of it, from the decision to dial until its socket is gone. The rules
 * (`pool-machine.ts`) write the first part, the wires (`pool.ts` and its helpers) the second; state lives here rather
 * than in maps of ids so that lending costs no look-up.
 */
export class Entry<C> {
  readonly id: number
  state: EntryState = 'dialing'
  /** When the present state began. */
  since: number
  /** When the dial began. */
  readonly dialStartedAt: number
  createdAt = 0
  /** When it last came to rest; a probe in between does not count. */
  idleSince = 0
  /** When a probe last found it healthy. */
  checkedAt: number = -Infinity
  /** When it last passed a check of one poll turn. */
  turnedAt: number = -Infinity
  expiresAt: number = Infinity
  /** While idle: until then it may be lent without a thought. */
  freeUntil: number = -Infinity
  uses = 0
  readonly generation: number
  examination: Examination = 'turn'
  isFresh = true
  /** The use, if any, for which it had been dialed. */
  dialedForUse = 0
  hasWarned = false
  /** The aged connection that this dial is to replace. */
  replaces: Entry<C> | undefined = undefined
  isBeingReplaced = false
  /** Place in the machine's list of entries. */
  index = -1
  previousIdle: Entry<C> | undefined = undefined
  nextIdle: Entry<C> | undefined = undefined

  connection: C | undefined = undefined
  /** There for streams, and for those that make their own: a plain object has no wire to watch. */
  keeper: Keeper | undefined = undefined
  /** Ends the watch of one that is no stream but emits events. */
  unwatch: (() => void) | undefined = undefined
  lease: Lease<C> | undefined = undefined
  /** Aborts the hook that runs on it now. */
  abort: LazyAbort | undefined = undefined
  /** Watched and unref'ed, since the end of the turn in which it came to rest. */
  isResting = false
  isListedForRest = false
  /** The acquiring stack, where leaks are reported. */
  stack: string | undefined = undefined
  closeReason: CloseReason | undefined = undefined
  closeError: Error | undefined = undefined

  constructor(id: number, generation: number, now: number) {
    this.id = id
    this.generation = generation
    this.since = now
    this.dialStartedAt = now
  }
}
