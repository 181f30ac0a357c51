import { EventEmitter } from 'node:events'

import type { Lost } from './keeper.ts'

/**
 * Watches a connection that is no stream but emits events, as the clients of many protocols do: its `'error'` must not
 * end the process while nobody has it, and its end is the end of its time in the pool. Answers what ends the watch, or
 * `undefined` where there is nothing to listen to.
 */
export function watchEmitter(connection: unknown, lost: Lost): (() => void) | undefined {
  if (!(connection instanceof EventEmitter)) return undefined
  const onError = (error: Error): void => lost('socket-error', error)
  const onEnd = (): void => lost('peer-closed', undefined)
  connection.on('error', onError).on('close', onEnd).on('end', onEnd)
  return () => void connection.off('error', onError).off('close', onEnd).off('end', onEnd)
}
