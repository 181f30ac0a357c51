// #region observer
import type { PoolObserver } from 'connpool'

/** Logs what somebody on call would ask for. */
export function logTo(log: (line: string) => void): PoolObserver {
  return {
    dialed: ({ endpoint, dialMs, error }) => {
      if (error !== undefined) log(`dialing ${endpoint} failed after ${Math.round(dialMs)} ms: ${error.message}`)
    },
    closed: ({ endpoint, connectionId, reason, uses, error }) => {
      log(`connection ${connectionId} to ${endpoint} closed after ${uses} uses: ${error?.message ?? reason}`)
    },
    refused: ({ pool, error }) => log(`${pool} refused a caller: ${String(error)}`),
    breaker: ({ endpoint, state }) => log(`the breaker of ${endpoint} is ${state}`),
    leaked: ({ connectionId, ageMs, stack }) => {
      log(`connection ${connectionId} is out for ${Math.round(ageMs)} ms, acquired at ${stack}`)
    },
  }
}
// #endregion
