import { PoolError } from '../../src/index.ts'
import type { Caller } from './caller-record.ts'
import { must } from './violation.ts'
import type { World } from './world.ts'

/** Throws unless this caller may be refused in this way now. */
export function inspectRefusal(world: World, caller: Caller, error: unknown): void {
  if (isOwnReason(caller, error)) return noteAbort(world, caller)
  must('S16', isPoolError(error), () => `${caller.name} was refused with ${String(error)}`)
  noteFacts(world, caller, error)
  switch (error.code) {
    case 'ACQUIRE_TIMEOUT':
      return inspectTimeout(world, caller, error)
    case 'QUEUE_FULL':
      must('S16', caller.isQueueFull, () => `${caller.name} was refused by a queue that was not full`)
      return world.met('the queue is full')
    case 'POOL_CLOSED':
      return must('S16', world.isEnding, () => `${caller.name} was refused by a pool that is said to be closed`)
    case 'DIAL_FAILED':
    case 'CIRCUIT_OPEN':
      return inspectDown(world, caller, error)
    case 'NESTED_ACQUIRE':
    case 'LEASE_ENDED':
    case 'PROBE_FAILED':
    case 'INVALID_OPTIONS':
      must('S16', false, () => `${caller.name} was refused with ${error.code}`)
  }
}

/** By itself `instanceof` knows nothing of the code's type. */
function isPoolError(error: unknown): error is PoolError {
  return error instanceof PoolError
}

function isOwnReason(caller: Caller, error: unknown): boolean {
  return caller.isAborted && error === caller.facts.controller?.signal.reason
}

function noteAbort(world: World, caller: Caller): void {
  world.met(caller.wasAbortedBefore ? 'a caller is aborted before it asks' : 'a caller is aborted while it waits')
}

function noteFacts(world: World, caller: Caller, error: PoolError): void {
  const waitedMs = world.now - caller.since
  const toldMs = error.waitedMs ?? waitedMs
  // A stall may lie between the decision and the moment at which the caller hears of it.
  const isRight = toldMs === waitedMs || (world.hasJustStalled && toldMs < waitedMs)
  must('S16', isRight, () => `${caller.name} waited ${waitedMs} ms and was told ${toldMs} ms`)
}

const SITUATION_OF = {
  queued: 'a caller times out in the queue',
  dialing: 'a caller times out while dialing',
  probing: 'a caller times out while probing',
  'backing-off': 'a caller times out while backing off',
  paused: 'a caller times out while paused',
} as const

function inspectTimeout(world: World, caller: Caller, error: PoolError): void {
  world.ledger.totals.timeouts++
  must(
    'S7',
    world.now >= caller.deadline,
    () => `${caller.name} was told its time was up ${caller.deadline - world.now} ms early`,
  )
  must('S16', error.phase !== undefined, () => `${caller.name} was not told what it had waited for`)
  if (caller.facts.timeoutMs === 0) world.met('a caller who may not wait is refused')
  else world.met(SITUATION_OF[error.phase])
  const isPhaseRight = (error.phase === 'paused') === world.isPaused || caller.since === world.now
  must('S16', isPhaseRight, () => `${caller.name} was told: ${error.phase}`)
  const { dialErrorSince = Infinity } = world.ledger
  if (caller.facts.timeoutMs === 0 || dialErrorSince >= world.now) return
  must('S16', error.cause !== undefined, () => `${caller.name} was not told that dials fail`)
}

function inspectDown(world: World, caller: Caller, error: PoolError): void {
  const { failureThreshold } = world.plan
  const { failuresInARow } = world.ledger
  must('S18', failureThreshold !== undefined, () => `${caller.name} was refused by a breaker that is off`)
  must(
    'S18',
    failuresInARow >= failureThreshold,
    () =>
      `${caller.name} was refused with ${error.code} after ${failuresInARow} failures, less than ${failureThreshold}`,
  )
  must('S16', error.cause !== undefined, () => `${caller.name} was refused with ${error.code} and no cause`)
  if (error.code === 'DIAL_FAILED') return world.met('an endpoint that is down refuses those who wait')
  const { retryAfterMs } = error
  must(
    'S16',
    retryAfterMs !== undefined && retryAfterMs >= 0,
    () => `${caller.name} was told to retry after ${retryAfterMs} ms`,
  )
  world.met('the circuit is open for a caller')
}
