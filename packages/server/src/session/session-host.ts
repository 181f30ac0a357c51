import type { Clock } from 'connpool'

import type { DeadlineList } from './deadline-list.ts'
import type { ListenerCounters } from './listener-counters.ts'
import type { Session } from './session.ts'

/** What the sessions of one listener share. */
export interface SessionHost {
  readonly clock: Clock
  readonly counters: ListenerCounters
  readonly deadlines: Deadlines
  readonly isDraining: boolean
  /** Its socket is gone, for the books. */
  sessionClosed(session: Session): void
}

/** The kinds of waiting that end by themselves. */
export interface Deadlines {
  /** Waiting for a connection, where requests have no deadline of their own (`tcp`). */
  readonly connection: DeadlineList
  readonly request: DeadlineList
  readonly idle: DeadlineList
  /** After our goodbye, until the client says its own. */
  readonly linger: DeadlineList
}
