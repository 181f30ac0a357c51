import { describe } from '../config/source/describe.ts'
import type { ServerLog } from './server-log.ts'

const METHODS = ['event', 'refused', 'sessionEnded', 'flush'] as const

/**
 * A log that may be anybody's, with a guard around it: one that throws loses its line, and nobody else anything. The first
 * time that is reported by `process.emitWarning`.
 *
 * @throws TypeError for what is no log, as `console`.
 */
export function guardedLog(log: ServerLog): ServerLog {
  const given: unknown = log
  if (!isLog(given)) throw new TypeError(`log must have the methods ${METHODS.join(', ')}; got ${describe(given)}`)
  let hasThrown = false
  const guarded = (write: () => void): void => {
    try {
      write()
    } catch (error) {
      if (!hasThrown) warn(error)
      hasThrown = true
    }
  }
  return {
    event: (event) => guarded(() => log.event(event)),
    refused: (client) => guarded(() => log.refused(client)),
    sessionEnded: (session) => guarded(() => log.sessionEnded(session)),
    flush: () => guarded(() => log.flush()),
  }
}

function isLog(given: unknown): given is ServerLog {
  if (typeof given !== 'object' || given === null) return false
  return METHODS.every((name) => typeof (given as Record<string, unknown>)[name] === 'function')
}

function warn(error: unknown): void {
  const why = error instanceof Error ? error.message : String(error)
  process.emitWarning(`The log of a front server threw: ${why}`, { type: 'ConnpoolWarning', code: 'CONNPOOL_LOG' })
}
