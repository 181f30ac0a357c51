import type { ServerEvent } from '../log/server-event.ts'
import type { EndedSession, RefusedClient, ServerLog } from '../log/server-log.ts'
import { errorOf, errorText } from './error-text.ts'
import type { ErrorText } from './messages.ts'

/** A line of a worker's log for the primary, which writes it. */
export type ForwardedLine =
  | { readonly kind: 'event'; readonly facts: ServerEvent; readonly error: ErrorText | undefined }
  | { readonly kind: 'refused'; readonly facts: RefusedClient }
  | { readonly kind: 'sessionEnded'; readonly facts: EndedSession; readonly error: ErrorText | undefined }

/** Sends what a worker says to the primary: for a log that is the program's own, and so in that process only. */
export class ForwardingLog implements ServerLog {
  readonly #send: (line: ForwardedLine) => void

  constructor(send: (line: ForwardedLine) => void) {
    this.#send = send
  }

  event(event: ServerEvent): void {
    this.#send({ kind: 'event', ...withErrorApart(event) })
  }

  refused(client: RefusedClient): void {
    this.#send({ kind: 'refused', facts: client })
  }

  sessionEnded(session: EndedSession): void {
    this.#send({ kind: 'sessionEnded', ...withErrorApart(session) })
  }

  flush(): void {
    // nothing is held back
  }
}

/** Writes what a worker has said. */
export function writeForwarded(line: ForwardedLine, log: ServerLog): void {
  if (line.kind === 'refused') return log.refused(line.facts)
  const error = line.error && { error: errorOf(line.error) }
  if (line.kind === 'event') log.event({ ...line.facts, ...error })
  else log.sessionEnded({ ...line.facts, ...error })
}

/** Errors may hold what cannot be sent. */
function withErrorApart<T extends object>(facts: T): { readonly facts: T; readonly error: ErrorText | undefined } {
  if (!('error' in facts)) return { facts, error: undefined }
  return { facts: { ...facts, error: undefined }, error: errorText(facts.error) }
}
