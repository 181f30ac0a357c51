import { EventEmitter } from 'node:events'
import { Duplex } from 'node:stream'

import { LazyAbort } from '../dial/lazy-abort.ts'
import type { Entry } from './entry.ts'
import type { Hook, Hooks } from './hooks.ts'

/** How a stream ends: after what is under way has been said, or at once. */
export type Manner = 'gently' | 'now'

/**
 * Closes connections of any kind. `closed` is called when nothing is left of one; that it takes too long is the rules'
 * business, who then call {@link cutOff}.
 */
export class Closer<C> {
  readonly #hooks: Hooks
  readonly #closeConnection: Hook<C> | undefined

  constructor(hooks: Hooks, closeConnection: Hook<C> | undefined) {
    this.#hooks = hooks
    this.#closeConnection = closeConnection
  }

  close(entry: Entry<C>, manner: Manner, closed: () => void): void {
    if (this.#closeConnection !== undefined) return this.#closeByHook(entry, this.#closeConnection, closed)
    if (entry.keeper === undefined) return this.#closeObject(entry.connection as C, closed)
    if (manner === 'gently') entry.keeper.closeGently(closed)
    else entry.keeper.closeNow(closed)
  }

  cutOff(entry: Entry<C>): void {
    entry.abort?.abort(new Error('closing took too long'))
    entry.keeper?.closeNow(() => undefined)
  }

  /**
   * Closes what no entry stands for any more: the result of a dial that came far too late. Nobody waits for it, so a
   * stream is destroyed as soon as the hook has been called; what it still has to say must not end the process.
   */
  closeOrphan(connection: C): void {
    if (connection instanceof EventEmitter) connection.on('error', ignore)
    if (this.#closeConnection === undefined) return this.#closeObject(connection, ignore)
    const abort = new LazyAbort()
    abort.abort(new Error('the dial was given up'))
    void this.#hooks.run(this.#closeConnection, connection, abort).catch(ignore)
    if (connection instanceof Duplex) connection.destroy()
  }

  #closeByHook(entry: Entry<C>, hook: Hook<C>, closed: () => void): void {
    const abort = new LazyAbort()
    entry.abort = abort
    const end = (): void => {
      if (entry.keeper === undefined) closed()
      else entry.keeper.closeNow(closed)
    }
    this.#hooks.run(hook, entry.connection as C, abort).then(end, end)
  }

  #closeObject(connection: C, closed: () => void): void {
    this.#hooks.start(() => endOf(connection)).then(closed, closed)
  }
}

function ignore(): void {}

interface Closable {
  destroy?: unknown
  close?: unknown
}

/** Its own `destroy()` or `close()`; a value that has neither needs no closing. */
function endOf(connection: unknown): unknown {
  if (typeof connection !== 'object' || connection === null) return undefined
  const { destroy, close } = connection as Closable
  if (typeof destroy === 'function') return destroy.call(connection)
  return typeof close === 'function' ? close.call(connection) : undefined
}
