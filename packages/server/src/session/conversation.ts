import type { SessionPhase } from './session-end.ts'

/** What is done with the bytes of one client. Told what happens to the client's socket until the session is over. */
export interface Conversation {
  /** Where it stands. */
  readonly phase: SessionPhase
  begin(): void
  /** `bytes` are its own only during the call. False: nothing more until `session.port.resume()`. */
  take(bytes: Buffer): boolean
  /** The client will send no more; it may still read. */
  clientEnded(): void
  /** The client takes bytes again, after a `write()` that answered false. */
  clientWritable(): void
  /** The client has gone. The session is over. */
  clientClosed(): void
  /** The deadline that the session was entered in has passed. */
  timeUp(): void
  /** The server drains: end at once if at rest, else after what is under way. */
  drain(): void
}
