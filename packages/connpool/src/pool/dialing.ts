import { Duplex } from 'node:stream'

import { LazyAbort } from '../dial/lazy-abort.ts'
import { isLocalFailure } from '../dial/local-failure.ts'
import type { SocketTuning } from '../dial/socket-tuning.ts'
import { watchEmitter } from '../health/emitter-watch.ts'
import { isKept, type Loss, type Lost } from '../health/keeper.ts'
import { SocketKeeper } from '../health/socket-keeper.ts'
import { asError } from './as-error.ts'
import type { Closer } from './closer.ts'
import type { Entry } from './entry.ts'
import type { Hooks } from './hooks.ts'
import type { Opener } from './opener.ts'
import type { ResolvedPoolOptions } from './pool-options.ts'

/** What a dial tells those who asked for it. Each entry hears one of the first two, unless the dial is given up. */
export interface DialListener<C> {
  opened(entry: Entry<C>): void
  failed(entry: Entry<C>, error: Error, isLocal: boolean): void
  /** A dial that was given up has brought a connection. */
  openedInVain(entry: Entry<C>): void
  /** A dial that was given up has left nothing behind. */
  ended(entry: Entry<C>): void
  lost(entry: Entry<C>, why: Loss, error: Error | undefined): void
}

/** Opens connections: the dial, what it must not answer, the keeper of a stream, and the user's set-up. */
export class Dialing<C> {
  readonly #options: ResolvedPoolOptions<C>
  readonly #open: Opener<C>
  readonly #hooks: Hooks
  readonly #closer: Closer<C>
  readonly #listener: DialListener<C>
  /** Who has one connection object has a connection; two entries with the same one would have two holders. */
  readonly #known = new WeakSet<object>()

  constructor(
    options: ResolvedPoolOptions<C>,
    open: Opener<C>,
    tools: { readonly hooks: Hooks; readonly closer: Closer<C>; readonly listener: DialListener<C> },
  ) {
    this.#options = options
    this.#open = open
    this.#hooks = tools.hooks
    this.#closer = tools.closer
    this.#listener = tools.listener
  }

  start(entry: Entry<C>): void {
    if (entry.state !== 'dialing') return this.#listener.ended(entry)
    const abort = new LazyAbort()
    entry.abort = abort
    this.#hooks
      .start(() => this.#open(abort))
      .then(
        (connection) => this.#opened(entry, connection, abort),
        (error: unknown) => this.#failed(entry, error),
      )
  }

  /** Its connection may be pooled again, should a dial ever answer it again. */
  forget({ connection }: Entry<C>): void {
    if (typeof connection === 'object' && connection !== null) this.#known.delete(connection)
  }

  #opened(entry: Entry<C>, connection: C, abort: LazyAbort): void {
    const flaw = this.#flawOf(connection)
    if (flaw !== undefined) return this.#failed(entry, flaw)
    if (entry.state === 'gone') return this.#closer.closeOrphan(connection)
    this.#adopt(entry, connection)
    if (entry.state === 'closing') return this.#listener.openedInVain(entry)
    this.#setUp(entry, connection, abort)
  }

  #flawOf(connection: unknown): Error | undefined {
    if (connection === undefined || connection === null) return new Error(`dial returned ${String(connection)}`)
    if (typeof connection !== 'object' || !this.#known.has(connection)) return undefined
    return new Error('dial returned a connection that is in the pool already')
  }

  #adopt(entry: Entry<C>, connection: C): void {
    entry.connection = connection
    if (typeof connection === 'object' && connection !== null) this.#known.add(connection)
    const lost: Lost = (why, error) => this.#lost(entry, why, error)
    if (connection instanceof Duplex) entry.keeper = new SocketKeeper(connection, lost, this.#tuning)
    else if (isKept(connection)) entry.keeper = connection.connpoolKeeper(lost)
    else entry.unwatch = watchEmitter(connection, lost)
  }

  /** Sockets that the user dials are set as he likes them. */
  get #tuning(): SocketTuning | undefined {
    const { dial, keepAliveMs, noDelay } = this.#options
    return dial === undefined ? { keepAliveMs, noDelay } : undefined
  }

  #setUp(entry: Entry<C>, connection: C, abort: LazyAbort): void {
    const { onConnect } = this.#options
    if (onConnect === undefined) return this.#listener.opened(entry)
    this.#hooks.run(onConnect, connection, abort).then(
      () => this.#isUp(entry),
      (error: unknown) => this.#failed(entry, error),
    )
  }

  #isUp(entry: Entry<C>): void {
    if (entry.state !== 'dialing') return
    entry.keeper?.keepListeners()
    this.#listener.opened(entry)
  }

  #failed(entry: Entry<C>, thrown: unknown): void {
    if (entry.state === 'closing' && entry.connection === undefined) return this.#listener.ended(entry)
    if (entry.state !== 'dialing') return
    const error = asError(thrown)
    entry.abort?.abort(error)
    this.#listener.failed(entry, error, isLocalFailure(thrown))
  }

  #lost(entry: Entry<C>, why: Loss, error: Error | undefined): void {
    if (entry.state !== 'dialing') return this.#listener.lost(entry, why, error)
    this.#failed(entry, error ?? new Error('the connection was closed while it was being set up'))
  }
}
