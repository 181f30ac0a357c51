import type { RefusalReason } from '../refusal.ts'
import type { SessionEnd } from '../session/session-end.ts'
import type { ServerEvent } from './server-event.ts'

/** Where the server says what happens. No method throws or waits, and none writes more than its share. */
export interface ServerLog {
  /** One line. */
  event(event: ServerEvent): void
  /** A client was refused before it had a session. Counted: at most one line a second for each listener and reason. */
  refused(client: RefusedClient): void
  /** A session ended. A line for a part of those that ended well, and for those that did not, within a bound. */
  sessionEnded(session: EndedSession): void
  /** Writes what is still counted. The log can be used afterwards. */
  flush(): void
}

export interface RefusedClient {
  readonly listener: string
  readonly reason: RefusalReason
  readonly remoteAddress: string | undefined
}

/** A session from its beginning to its end: a line of the access log. */
export interface EndedSession {
  /** Unique in its process. */
  readonly id: number
  readonly listener: string
  /** As the PROXY header says if there was one; undefined for a Unix socket without one. */
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  readonly end: SessionEnd
  readonly durationMs: number
  readonly bytesIn: number
  readonly bytesOut: number
  /** Answered requests. */
  readonly requests: number
  /** What went wrong, where something did. */
  readonly error?: unknown
}
