import type { ServerLog } from './server-log.ts'

/** A log that says nothing. */
export const silentLog: ServerLog = {
  event: () => undefined,
  refused: () => undefined,
  sessionEnded: () => undefined,
  flush: () => undefined,
}
