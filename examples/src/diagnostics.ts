// #region diagnostics
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { AcquiredEvent } from 'connpool'

/** Reports slow acquires of all pools in this process, whoever made them. */
export function reportSlowAcquires(slowMs: number, print: (line: string) => void): Disposable {
  const onAcquire = (message: unknown): void => {
    const { pool, waitMs } = message as AcquiredEvent
    if (waitMs >= slowMs) print(`${pool}: waited ${Math.round(waitMs)} ms for a connection`)
  }
  subscribe('connpool:acquire', onAcquire)
  return { [Symbol.dispose]: () => void unsubscribe('connpool:acquire', onAcquire) }
}
// #endregion
