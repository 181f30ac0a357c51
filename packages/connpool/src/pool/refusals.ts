import { type Holder, PoolError, type WaitPhase } from '../errors.ts'
import type { PoolStats } from '../metrics/stats.ts'

/** The facts about a refused caller. */
export interface RefusalFacts {
  readonly endpoint: string
  readonly waitedMs: number
  readonly phase: WaitPhase
  readonly stats: PoolStats
  readonly cause: unknown
}

function load({ leased, maxSize, idle, dialing, waiting }: PoolStats): string {
  return `${leased}/${maxSize} leased, ${idle} idle, ${dialing} dialing, ${waiting} waiting`
}

function because(cause: unknown): string {
  return cause instanceof Error ? `: ${cause.message}` : ''
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

export function queueIsFull(facts: RefusalFacts, maxWaiting: number): PoolError<'QUEUE_FULL'> {
  return new PoolError(
    'QUEUE_FULL',
    `Too many callers wait for a connection to ${facts.endpoint}: maxWaiting is ${maxWaiting} (${load(facts.stats)})`,
    facts,
  )
}

export function dialHasFailed(facts: RefusalFacts): PoolError<'DIAL_FAILED'> {
  return new PoolError('DIAL_FAILED', `${facts.endpoint} cannot be reached${because(facts.cause)}`, facts)
}

export function circuitIsOpen(facts: RefusalFacts, retryAfterMs: number): PoolError<'CIRCUIT_OPEN'> {
  return new PoolError(
    'CIRCUIT_OPEN',
    `${facts.endpoint} is down and will be tried again in ${Math.ceil(retryAfterMs)} ms${because(facts.cause)}`,
    { ...facts, retryAfterMs },
  )
}

export function poolIsClosed(endpoint: string, cause?: unknown): PoolError<'POOL_CLOSED'> {
  return new PoolError('POOL_CLOSED', `The pool of connections to ${endpoint} is closed${because(cause)}`, {
    endpoint,
    cause,
  })
}
