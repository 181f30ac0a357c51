import type { EndpointLike } from '../endpoint.ts'
import type { FakeClock } from './fake-clock.ts'
import { FakeConnection } from './fake-connection.ts'
import { networkError } from './network-error.ts'

/** What {@link FakeDialer.dial} is told; a pool's `dial` hook is called with exactly this. */
export interface FakeDialContext {
  readonly endpoint?: EndpointLike | undefined
  readonly signal: AbortSignal
}

/** How one dial stands. `aborted`: the pool gave it up. */
export type FakeDialState = 'pending' | 'succeeded' | 'failed' | 'aborted'

/** What happened to one call of `dial`. */
export interface FakeDial<C> {
  /** 1 for the first, and so on; its connection's `id` is the same. */
  readonly id: number
  readonly context: FakeDialContext
  readonly state: FakeDialState
  readonly connection: C | undefined
  readonly error: unknown
}

/** What a {@link FakeDialer} can be told when it is made. */
export interface FakeDialerOptions<C> {
  /**
   * `'at-once'`: every dial succeeds by itself, after `delayMs` if that is given. `'by-hand'`: it waits for
   * {@link FakeDialer.succeed} or {@link FakeDialer.fail}.
   *
   * @default 'at-once'
   */
  readonly answers?: 'at-once' | 'by-hand'
  /** How long a dial takes, in milliseconds of `clock`. Needs `clock`. */
  readonly delayMs?: number
  readonly clock?: FakeClock
  /** What the server says to what was written to a {@link FakeConnection}; undefined: nothing. */
  readonly reply?: (request: string) => string | undefined
  /** Makes the connections, if {@link FakeConnection} is not what the code under test needs. */
  readonly connection?: (id: number) => C
}

interface PendingDial<C> {
  id: number
  context: FakeDialContext
  state: FakeDialState
  connection: C | undefined
  error: unknown
  resolve: (connection: C) => void
  reject: (error: unknown) => void
}

type Script = { readonly ending: 'fail'; readonly error: unknown } | { readonly ending: 'hang' }

/**
 * A dialer without a network. Pass its `dial` to a pool:
 *
 * ```ts
 * const dialer = new FakeDialer()
 * const pool = new Pool({ dial: dialer.dial })
 * dialer.failNext(2) // the next two dials are refused, those after them succeed
 * ```
 */
export class FakeDialer<C = FakeConnection> {
  readonly #options: FakeDialerOptions<C>
  readonly #dials: PendingDial<C>[] = []
  readonly #scripts: Script[] = []

  constructor(options: FakeDialerOptions<C> = {}) {
    if (options.delayMs !== undefined && options.clock === undefined) {
      throw new TypeError('delayMs needs a clock: new FakeDialer({ clock, delayMs })')
    }
    this.#options = options
  }

  /** Every call of `dial` so far, oldest first. */
  get dials(): readonly FakeDial<C>[] {
    return this.#dials
  }

  /** The dials that nobody has answered yet, oldest first. */
  get pending(): readonly FakeDial<C>[] {
    return this.#dials.filter((dial) => dial.state === 'pending')
  }

  /** Every connection made so far, oldest first. */
  get connections(): readonly C[] {
    return this.#dials.flatMap((dial) => (dial.connection === undefined ? [] : [dial.connection]))
  }

  /** How many of the connections are open: their `destroyed` is not `true`. */
  get openCount(): number {
    return this.connections.filter((connection) => !isDestroyed(connection)).length
  }

  /** What a pool takes as its `dial` option. Bound to this dialer. */
  readonly dial = (context: FakeDialContext): Promise<C> =>
    new Promise((resolve, reject) => {
      const id = this.#dials.length + 1
      const dial = { id, context, state: 'pending' as const, connection: undefined, error: undefined, resolve, reject }
      this.#dials.push(dial)
      this.#begin(dial)
    })

  /** The oldest pending dial succeeds. Returns its connection. */
  succeed(): C {
    const dial = this.#oldestPending()
    const connection = this.#connection(dial.id)
    this.#succeed(dial, connection)
    return connection
  }

  /** The oldest pending dial fails, by default with `ECONNREFUSED`. */
  fail(error: unknown = refused()): void {
    this.#fail(this.#oldestPending(), 'failed', error)
  }

  /** The next `count` dials fail instead, by default with `ECONNREFUSED`. */
  failNext(count = 1, error: unknown = refused()): void {
    for (let added = 0; added < count; added++) this.#scripts.push({ ending: 'fail', error })
  }

  /** The next `count` dials stay pending until {@link succeed}, {@link fail}, or the pool gives them up. */
  hangNext(count = 1): void {
    for (let added = 0; added < count; added++) this.#scripts.push({ ending: 'hang' })
  }

  #begin(dial: PendingDial<C>): void {
    const { signal } = dial.context
    if (signal.aborted) {
      this.#fail(dial, 'aborted', signal.reason)
      return
    }
    signal.addEventListener('abort', () => this.#fail(dial, 'aborted', signal.reason), { once: true })
    const script = this.#scripts.shift()
    if (script?.ending === 'hang') return
    if (script !== undefined) this.#later(() => this.#fail(dial, 'failed', script.error))
    else if (this.#options.answers !== 'by-hand') this.#later(() => this.#connect(dial))
  }

  #later(answer: () => void): void {
    const { clock, delayMs } = this.#options
    if (clock === undefined || delayMs === undefined) answer()
    else clock.arriveAt(clock.now() + delayMs, answer)
  }

  #connect(dial: PendingDial<C>): void {
    if (dial.state === 'pending') this.#succeed(dial, this.#connection(dial.id))
  }

  #succeed(dial: PendingDial<C>, connection: C): void {
    dial.state = 'succeeded'
    dial.connection = connection
    dial.resolve(connection)
  }

  #fail(dial: PendingDial<C>, state: 'failed' | 'aborted', error: unknown): void {
    if (dial.state !== 'pending') return
    dial.state = state
    dial.error = error
    dial.reject(error)
  }

  #connection(id: number): C {
    if (this.#options.connection !== undefined) return this.#options.connection(id)
    // Without a `connection` option C has its default, unless the caller asked for another type and gave no way to it.
    return new FakeConnection(id, this.#options.reply) as C
  }

  #oldestPending(): PendingDial<C> {
    const oldest = this.#dials.find((dial) => dial.state === 'pending')
    if (oldest === undefined) throw new Error('no dial is pending')
    return oldest
  }
}

function refused(): Error {
  return networkError('ECONNREFUSED', 'connect')
}

function isDestroyed(connection: unknown): boolean {
  return (
    typeof connection === 'object' && connection !== null && 'destroyed' in connection && connection.destroyed === true
  )
}
