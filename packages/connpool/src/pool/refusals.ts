import { type Holder, PoolError, type WaitPhase } from '../errors.ts'
import type { PoolStats } from '../metrics/stats.ts'
import type { Refusal, TakenBack } from './pool-effects.ts'

/** The facts about a refused caller. */
export interface RefusalFacts {
  readonly endpoint: string
  readonly waitedMs: number
  readonly phase: WaitPhase
  readonly stats: PoolStats
  readonly cause: unknown
}

/** What only some refusals tell. */
export interface RefusalExtras {
  readonly holders: readonly Holder[] | undefined
  readonly maxWaiting: number
  readonly retryAfterMs: number
  /** Why the pool is closed, if anybody said. */
  readonly closedBecause: Error | undefined
}

/** The error that a refused caller is given: it answers the first questions of whoever is paged. */
export function refusalError(refusal: Refusal, facts: RefusalFacts, extras: RefusalExtras): PoolError {
  switch (refusal) {
    case 'POOL_CLOSED':
      return poolIsClosed(facts.endpoint, extras.closedBecause)
    case 'ACQUIRE_TIMEOUT':
      return acquireTimedOut(facts, extras.holders ?? [])
    case 'QUEUE_FULL':
      return queueIsFull(facts, extras.maxWaiting)
    case 'DIAL_FAILED':
      return new PoolError('DIAL_FAILED', `${facts.endpoint} cannot be reached${because(facts.cause)}`, facts)
    case 'CIRCUIT_OPEN':
      return circuitIsOpen(facts, extras.retryAfterMs)
  }
}

export function acquireTimedOut(facts: RefusalFacts, holders: readonly Holder[]): PoolError<'ACQUIRE_TIMEOUT'> {
  const waited = `${Math.round(facts.waitedMs)} ms`
  const lastError = facts.cause instanceof Error ? `; last dial error: ${facts.cause.message}` : ''
  return new PoolError(
    'ACQUIRE_TIMEOUT',
    `No connection to ${facts.endpoint} within ${waited}, ${facts.phase} (${load(facts.stats)})${lastError}`,
    { ...facts, holders },
  )
}

export function poolIsClosed(endpoint: string, cause?: unknown): PoolError<'POOL_CLOSED'> {
  return new PoolError('POOL_CLOSED', `The pool of connections to ${endpoint} is closed${because(cause)}`, {
    endpoint,
    cause,
  })
}

/** What somebody who waits for connections to be opened is told at the first dial that fails. */
export function dialHasFailed(endpoint: string, cause: Error): PoolError<'DIAL_FAILED'> {
  return new PoolError('DIAL_FAILED', `${endpoint} cannot be reached${because(cause)}`, { endpoint, cause })
}

/** Why a probe that failed closed its connection. */
export function probeHasFailed(endpoint: string, id: number, cause: Error): PoolError<'PROBE_FAILED'> {
  return new PoolError('PROBE_FAILED', `Connection ${id} to ${endpoint} is unhealthy${because(cause)}`, {
    endpoint,
    cause,
  })
}

/** What the holder of a lease is told that ended without his word. */
export function leaseWasEnded(
  which: { readonly id: number; readonly endpoint: string; readonly cause: Error | undefined },
  why: Exclude<TakenBack, 'pool-closed'>,
  maxLeaseMs: number,
): PoolError<'LEASE_ENDED'> {
  const what = why === 'lost' ? `was lost${because(which.cause)}` : `was taken back after ${maxLeaseMs} ms`
  return new PoolError('LEASE_ENDED', `Connection ${which.id} to ${which.endpoint} ${what}`, which)
}

export function circuitIsOpen(
  facts: Pick<RefusalFacts, 'endpoint' | 'cause'>,
  retryAfterMs: number,
): PoolError<'CIRCUIT_OPEN'> {
  const how =
    retryAfterMs === Infinity
      ? 'is isolated: its breaker is held open'
      : `is down and will be tried again in ${Math.ceil(retryAfterMs)} ms`
  return new PoolError('CIRCUIT_OPEN', `${facts.endpoint} ${how}${because(facts.cause)}`, { ...facts, retryAfterMs })
}

function queueIsFull(facts: RefusalFacts, maxWaiting: number): PoolError<'QUEUE_FULL'> {
  return new PoolError(
    'QUEUE_FULL',
    `Too many callers wait for a connection to ${facts.endpoint}: maxWaiting is ${maxWaiting} (${load(facts.stats)})`,
    facts,
  )
}

function load({ leased, maxSize, idle, dialing, waiting }: PoolStats): string {
  return `${leased}/${maxSize} leased, ${idle} idle, ${dialing} dialing, ${waiting} waiting`
}

function because(cause: unknown): string {
  return cause instanceof Error ? `: ${cause.message}` : ''
}
