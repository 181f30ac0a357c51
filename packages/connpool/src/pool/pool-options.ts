import type { Socket } from 'node:net'

import type { Clock } from '../clock.ts'
import type { Endpoint, EndpointLike } from '../endpoint.ts'
import type { PoolObserver } from '../observer.ts'

/** What a dial or a hook is told beside the connection. */
export interface HookContext {
  /** The pool's endpoint as it was given; undefined for a pool made with `dial` alone. */
  readonly endpoint: EndpointLike | undefined
  /** Aborted when the hook's time is up or its result is no longer wanted. */
  readonly signal: AbortSignal
}

/** How the pool paces dials after failures: full jitter between 0 and `baseMs · 2ⁿ`, at most `maxMs`. */
export interface BackoffOptions {
  /** @default 100 */
  readonly baseMs?: number
  /** @default 10_000 */
  readonly maxMs?: number
}

/** When an endpoint counts as down, and how it is tried again. */
export interface BreakerOptions {
  /** Failures in a row that open the breaker. A whole number ≥ 1. @default 5 */
  readonly failureThreshold?: number
  /** How long it stays open before one dial may try again, in milliseconds. @default 10_000 */
  readonly openMs?: number
  /** The longest it stays open, after it has failed again and again. @default 60_000 */
  readonly maxOpenMs?: number
  /** Dials let through while half-open. A whole number ≥ 1. @default 1 */
  readonly halfOpenProbes?: number
}

/** See `docs/reference/pool.md`; TSDoc on every field is written there and here. */
export interface PoolOptions<C = Socket> {
  readonly endpoint?: EndpointLike
  readonly dial?: (context: HookContext) => C | PromiseLike<C>
  readonly closeConnection?: (connection: C, context: HookContext) => unknown
  readonly onConnect?: (connection: C, context: HookContext) => unknown
  readonly reset?: (connection: C, context: HookContext) => unknown
  readonly resetTimeoutMs?: number
  readonly closeTimeoutMs?: number
  readonly probe?: (connection: C, context: HookContext) => unknown
  readonly probeTimeoutMs?: number
  readonly probeAfterIdleMs?: number
  readonly probeIntervalMs?: number
  readonly minSize?: number
  readonly maxSize?: number
  readonly maxWaiting?: number
  readonly acquireTimeoutMs?: number
  readonly dialTimeoutMs?: number
  readonly maxDialing?: number
  readonly backoff?: BackoffOptions
  readonly idleTimeoutMs?: number
  readonly maxLifetimeMs?: number
  readonly lifetimeJitterRatio?: number
  readonly maxUses?: number
  readonly idleOrder?: 'lifo' | 'fifo'
  readonly breaker?: false | BreakerOptions
  readonly leakWarnMs?: number
  readonly maxLeaseMs?: number
  readonly keepAliveMs?: number
  readonly noDelay?: boolean
  readonly name?: string
  readonly observer?: PoolObserver
  readonly clock?: Clock
  readonly random?: () => number
}

export interface AcquireOptions {
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
  readonly affinityKey?: string
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
  readonly breaker: Required<BreakerOptions> | undefined
  readonly leakWarnMs: number
  readonly maxLeaseMs: number
  readonly keepAliveMs: number
  readonly noDelay: boolean
  readonly name: string
  readonly observer: PoolObserver | undefined
  readonly clock: Clock | undefined
  readonly random: () => number
}
