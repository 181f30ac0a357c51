import type { Socket } from 'node:net'

import type { BreakerOptions, BreakerRules } from '../breaker/breaker-options.ts'
import type { Clock } from '../clock.ts'
import type { Endpoint, EndpointLike } from '../endpoint.ts'
import type { PoolObserver } from '../observer.ts'

/** What a dial or a hook is told beside the connection. */
export interface HookContext {
  /**
   * The pool's endpoint as it was given (an object as a frozen copy, a string as it is); undefined for a pool made with
   * `dial` alone.
   */
  readonly endpoint: EndpointLike | undefined
  /**
   * Aborted when the hook's time is up or nobody wants its result any more. A hook that ignores it costs its connection
   * all the same: what it answers later is thrown away, and a connection a late dial brings is closed.
   */
  readonly signal: AbortSignal
  /**
   * `listener` is called with the reason when `signal` is aborted; at once, if it has been. There is one: a later one takes its
   * place. It may be called after the hook has answered, and what it throws is thrown away. For hooks that run so often that
   * a signal, which is made when it is first read, is too dear.
   */
  readonly onAbort: (listener: (reason: unknown) => void) => void
}

/**
 * How dials are paced after failures: each is followed by a random pause from 0 to `baseMs`, then from 0 to twice that,
 * and so on up to `maxMs` (full jitter, so that many processes do not come back at the same moment). Until a dial
 * succeeds only one is in flight at a time; after that one, two, four and more at once.
 */
export interface BackoffOptions {
  /**
   * The longest pause after the first failure, in milliseconds; more than 0 and less than 2³¹.
   *
   * @default 100, or `maxMs` if that is less
   */
  readonly baseMs?: number
  /**
   * The longest pause of all, in milliseconds; more than 0, less than 2³¹, and not less than `baseMs`. Also the longest
   * time an endpoint that is back may go unnoticed while callers wait.
   *
   * @default 10_000, or `baseMs` if that is more
   */
  readonly maxMs?: number
}

/**
 * What a {@link Pool} is made of. Either `endpoint` or `dial` is needed; everything else has a default.
 *
 * Durations are milliseconds; what can be turned off is turned off by `Infinity`, never by 0. A value of the wrong
 * type, out of range or in contradiction to another, and an option that does not exist, throw `INVALID_OPTIONS` with
 * option, rule and value: nothing is silently repaired. `undefined` is the same as leaving an option out; `null` is not.
 * Options are read once; changing the object later changes nothing.
 *
 * All functions given here run in the async context the pool was made in, not in that of the caller who waits.
 */
export interface PoolOptions<C = Socket> {
  /**
   * Where to connect to: `'host:port'`, `'[::1]:6379'`, `'unix:/run/x.sock'`, `'tls://host:port'`, or an object
   * `{ host, port, path, tls }`. Needed unless `dial` is given; with both, `dial` connects and finds the endpoint in its
   * context. The port has no default.
   */
  readonly endpoint?: EndpointLike
  /**
   * Opens one connection, instead of the built-in TCP, TLS and Unix sockets: any resource may be pooled. Bounded by
   * `dialTimeoutMs`; throwing and rejecting count as failed dials, and so does answering nothing or an object that is in
   * the pool already.
   *
   * A dial belongs to the pool, not to the caller who caused it: when it succeeds, the oldest waiter gets the
   * connection, and the caller's cancelling does not stop it.
   *
   * @default a socket to `endpoint`
   */
  readonly dial?: (context: HookContext) => C | PromiseLike<C>
  /**
   * Closes one connection, politely if the protocol has a way. Called at most once for each connection.
   * If it throws, rejects or outlasts `closeTimeoutMs`, the connection counts as gone.
   *
   * @default the connection's own `destroy()`, else its `close()`, else nothing
   */
  readonly closeConnection?: (connection: C, context: HookContext) => unknown
  /**
   * Sets up a fresh connection (AUTH, SELECT) before its first lease. Part of the dial: it counts in `dialTimeoutMs`,
   * and failing fails the dial. Listeners it puts on a socket stay there through all leases.
   */
  readonly onConnect?: (connection: C, context: HookContext) => unknown
  /**
   * Cleans a connection after `release()`, before it is offered again. Throwing, rejecting or outlasting
   * `resetTimeoutMs` closes the connection (`'reset-failed'`). It does not hold up the caller: `release()` returns at
   * once, and the connection counts as `probing` until it is clean.
   */
  readonly reset?: (connection: C, context: HookContext) => unknown
  /**
   * How long `reset` may take, in milliseconds; more than 0 and less than 2³¹. Without `reset` it has no effect.
   *
   * @default 1_000
   */
  readonly resetTimeoutMs?: number
  /**
   * How long closing one connection may take, in milliseconds; more than 0 and less than 2³¹. A closing connection
   * counts against `maxSize` until then, so a long time here can delay new dials. A dial that is given up has so long to
   * end; if it connects in that time, closing the connection has as long again.
   *
   * @default 2_000
   */
  readonly closeTimeoutMs?: number
  /**
   * Asks an idle connection whether it is healthy: before lending, as `probeAfterIdleMs` says, and in the background.
   * Throwing, rejecting, answering `false` or outlasting `probeTimeoutMs` means that it is not, and closes it; any other
   * answer, `undefined` included, means that it is. Connections dialed this moment are not probed.
   *
   * Without a probe, a connection that was closed, reset or written to by its peer while idle is noticed all the same.
   */
  readonly probe?: (connection: C, context: HookContext) => unknown
  /**
   * How long one `probe` may take, in milliseconds; more than 0 and less than 2³¹. Without `probe` it has no effect.
   * A probe before lending uses up the caller's `acquireTimeoutMs` too.
   *
   * @default 2_000
   */
  readonly probeTimeoutMs?: number
  /**
   * A connection that was idle for at least this many milliseconds is probed before it is lent; at least 0 and less
   * than 2³¹. `0` probes before every lease, which costs a round trip each time: 500 is a good value in production.
   * `Infinity` never probes before lending. Without `probe` it has no effect.
   *
   * `tryAcquire()` lends only what needs no probe: with the default of 0 and a probe, that is nothing.
   *
   * @default 0
   */
  readonly probeAfterIdleMs?: number
  /**
   * How often each idle connection is probed in the background, in milliseconds; more than 0 and less than 2³¹, or
   * `Infinity` for never. Without `probe` it has no effect. It does not keep the process alive.
   *
   * @default 30_000
   */
  readonly probeIntervalMs?: number
  /**
   * How many connections the pool keeps open, a whole number from 0 to `maxSize`. The first are dialed when the pool is
   * made; after a loss the pool returns to this number by itself, at the pace of `backoff`. Await `ready()` to know
   * that they are there.
   *
   * @default 0
   */
  readonly minSize?: number
  /**
   * How many connections there may be at most, a whole number, at least 1. Never exceeded, at no instant: connections
   * being dialed and sockets being closed count too. `Infinity` is refused.
   *
   * @default 10
   */
  readonly maxSize?: number
  /**
   * How many callers may wait beyond those a new connection could serve. A whole number, at least 0, or `Infinity`.
   * An acquire is refused with `QUEUE_FULL` at once when `waiting ≥ maxWaiting + (maxSize − total)`. With `0`, callers
   * wait for dials but never for each other.
   *
   * @default 10_000
   */
  readonly maxWaiting?: number
  /**
   * How long `acquire()` may take, in milliseconds, counted from the call: one deadline over queue, dial and probe.
   * At least 0 and less than 2³¹. When it passes, the acquire rejects with `ACQUIRE_TIMEOUT`. `0` answers at once: an
   * idle connection or an `ACQUIRE_TIMEOUT`. `Infinity` never gives up by itself; use `signal` then.
   *
   * A dial that outlives the caller is not cancelled: its connection goes to the next caller.
   *
   * @default 10_000
   */
  readonly acquireTimeoutMs?: number
  /**
   * How long opening one connection may take, in milliseconds; more than 0 and less than 2³¹. Covers the look-up of the
   * name, TCP, TLS and `onConnect`, or `dial` and `onConnect`.
   *
   * @default 5_000
   */
  readonly dialTimeoutMs?: number
  /**
   * How many dials may be in flight, a whole number, at least 1. Left out, the pool decides: it starts with 2, doubles
   * while waiters outlast a dial, and is back to 2 as soon as nobody waits. So a spike of short requests is served by
   * the connections there are, and callers who never let go get new ones quickly.
   *
   * @default adaptive
   */
  readonly maxDialing?: number
  /** How dials are paced after failures. See {@link BackoffOptions}. */
  readonly backoff?: BackoffOptions
  /**
   * How long a connection above `minSize` may be idle before it is closed, in milliseconds; more than 0 and less than
   * 2³¹, or `Infinity` for ever. Choose less than what the server and every firewall between allow.
   *
   * @default 300_000
   */
  readonly idleTimeoutMs?: number
  /**
   * How old a connection may get, in milliseconds; more than 0 and less than 2³¹, or `Infinity`. Old ones are replaced
   * before they are closed, but at `maxSize` closed first. A leased connection is never cut for its age: it closes when
   * it comes back. Each gets a lifetime of its own, shortened at random as `lifetimeJitterRatio` says.
   *
   * @default 1_800_000
   */
  readonly maxLifetimeMs?: number
  /**
   * By how much a lifetime may be shortened at random, as a part of it, from 0 to 1; never lengthened. Keeps connections
   * that were opened together from ending together. With `1` some end right after they were opened.
   *
   * @default 0.25
   */
  readonly lifetimeJitterRatio?: number
  /**
   * How many leases one connection may serve before it is replaced. A whole number, at least 1, or `Infinity`.
   *
   * @default Infinity
   */
  readonly maxUses?: number
  /**
   * Which idle connection is lent first: the one used last (`'lifo'`; the surplus of a spike falls idle and closes), or
   * the one idle longest (`'fifo'`; all are kept in use). It is about connections: waiting callers are always served in
   * the order they came.
   *
   * @default 'lifo'
   */
  readonly idleOrder?: 'lifo' | 'fifo'
  /**
   * When the endpoint counts as down; `false` for never. Then callers wait out every failure, and `ACQUIRE_TIMEOUT` says
   * `backing-off`, with the last failure as its cause. `true` is refused: leave it out for the defaults.
   */
  readonly breaker?: false | BreakerOptions
  /**
   * After how many milliseconds a lease is reported as a leak, with the stack of its acquire; more than 0 and less than
   * 2³¹ and than `maxLeaseMs`, or `Infinity` for never. Reported once for each lease, by `process.emitWarning` and to the
   * observer. A finite value records a stack at every acquire, which costs microseconds.
   *
   * @default Infinity
   */
  readonly leakWarnMs?: number
  /**
   * How long a lease may last, in milliseconds; more than 0 and less than 2³¹, or `Infinity`. After that
   * `lease.signal` is aborted and the connection taken back and closed, whatever is under way on it. A finite value
   * records a stack at every acquire, which costs microseconds.
   *
   * @default Infinity
   */
  readonly maxLeaseMs?: number
  /**
   * What becomes of code that, inside the work of a `use()`, acquires from the same pool and would have to wait until
   * some lease ends: its own, perhaps, which waits for it. `'warn'` reports each pair of places once, at most 100 pairs,
   * by `process.emitWarning`; `'error'` refuses the acquire with `NESTED_ACQUIRE`. Both tell both stacks. Inside
   * `pinned()` nothing is nested. Other than with `'off'`, the async context is tracked, which makes every promise of
   * the process a little dearer, and each `use()` records a stack, which costs microseconds.
   *
   * @default 'off'
   */
  readonly nestedAcquire?: 'off' | 'warn' | 'error'
  /**
   * After how much silence the system asks the peer whether it is still there (TCP keep-alive), in milliseconds; from
   * 1 000 to 32 767 000, or `Infinity` to leave it off. Systems count whole seconds: 1 999 is 1 s. Outside of this range
   * they would quietly take their own default of two hours, so it is refused. Without effect on Unix sockets and with
   * `dial`.
   *
   * @default 60_000
   */
  readonly keepAliveMs?: number
  /**
   * `true` sends small writes at once (Nagle's algorithm off). Without effect on Unix sockets and with `dial`.
   *
   * @default true
   */
  readonly noDelay?: boolean
  /**
   * What events and metrics call this pool. Not empty, no control characters. Need not be unique.
   *
   * @default the endpoint's text, or 'pool' when there is none
   */
  readonly name?: string
  /**
   * Sees what the pool does. See {@link PoolObserver}. Methods it lacks are not called; one that is there but is not a
   * function is refused.
   */
  readonly observer?: PoolObserver
  /** Where time comes from, for tests. See {@link Clock}. @default the system's monotonic clock */
  readonly clock?: Clock
  /**
   * Where randomness comes from, for tests: numbers from 0 up to, but not including, 1.
   *
   * @default Math.random
   */
  readonly random?: () => number
}

/** What one caller may say about its acquire. Unknown names and values of the wrong kind throw `INVALID_OPTIONS`. */
export interface AcquireOptions {
  /**
   * Gives up when aborted: the acquire rejects with `signal.reason`, unchanged. Any object with the shape of an
   * `AbortSignal` will do. No listener is left on it afterwards.
   */
  readonly signal?: AbortSignal | undefined
  /**
   * How long this acquire may take, in milliseconds, instead of the pool's `acquireTimeoutMs`; at least 0 and less than
   * 2³¹, or `Infinity`. `0` answers at once.
   */
  readonly timeoutMs?: number | undefined
  /** The same key meets the same endpoint of an `Upstream`. A single pool ignores it. */
  readonly affinityKey?: string | undefined
}

/** Options after checking: frozen, every default filled in. What stays undefined has no default. */
export interface ResolvedPoolOptions<C> {
  readonly endpoint: Endpoint | undefined
  /** The endpoint as the user wrote it, for hooks. */
  readonly endpointGiven: EndpointLike | undefined
  readonly dial: ((context: HookContext) => C | PromiseLike<C>) | undefined
  readonly closeConnection: ((connection: C, context: HookContext) => unknown) | undefined
  readonly onConnect: ((connection: C, context: HookContext) => unknown) | undefined
  readonly reset: ((connection: C, context: HookContext) => unknown) | undefined
  readonly probe: ((connection: C, context: HookContext) => unknown) | undefined
  readonly resetTimeoutMs: number
  readonly closeTimeoutMs: number
  readonly probeTimeoutMs: number
  readonly probeAfterIdleMs: number
  readonly probeIntervalMs: number
  readonly minSize: number
  readonly maxSize: number
  readonly maxWaiting: number
  readonly acquireTimeoutMs: number
  readonly dialTimeoutMs: number
  readonly maxDialing: number | 'adaptive'
  readonly backoff: Required<BackoffOptions>
  readonly idleTimeoutMs: number
  readonly maxLifetimeMs: number
  readonly lifetimeJitterRatio: number
  readonly maxUses: number
  readonly idleOrder: 'lifo' | 'fifo'
  readonly breaker: BreakerRules | undefined
  readonly leakWarnMs: number
  readonly maxLeaseMs: number
  readonly nestedAcquire: 'off' | 'warn' | 'error'
  readonly keepAliveMs: number
  readonly noDelay: boolean
  readonly name: string
  readonly observer: PoolObserver | undefined
  readonly clock: Clock | undefined
  readonly random: () => number
}
