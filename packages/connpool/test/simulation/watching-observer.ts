import type { CloseReason, PoolObserver } from '../../src/index.ts'
import { must } from './violation.ts'
import type { World } from './world.ts'

type BreakerState = 'closed' | 'open' | 'half-open'

const LEGAL: Record<BreakerState, readonly BreakerState[]> = {
  closed: ['open'],
  open: ['half-open'],
  'half-open': ['open', 'closed'],
}

/** What an observer has been told: it must add up to what happened. */
export class Sightings {
  acquired = 0
  dialFailures = 0
  released = 0
  readonly closed = new Map<CloseReason, number>()
  breaker: BreakerState = 'closed'

  breakerMoves(state: BreakerState): void {
    must('S18', LEGAL[this.breaker].includes(state), () => `the breaker went from ${this.breaker} to ${state}`)
    this.breaker = state
  }

  sawClosed(reason: CloseReason): void {
    this.closed.set(reason, (this.closed.get(reason) ?? 0) + 1)
  }
}

/** An observer that writes everything down, throws now and then, and now and then calls the pool. */
export function watchingObserver(world: World): PoolObserver {
  const { sightings } = world
  const watched = (look: () => void): void => {
    try {
      look()
    } catch (error) {
      world.fail(error)
    }
    misbehave(world)
  }
  return {
    acquired: ({ waitMs }) =>
      watched(() => {
        sightings.acquired++
        must('S17', waitMs >= 0, () => `a caller waited for ${waitMs} ms`)
      }),
    dialed: ({ error }) => watched(() => void (sightings.dialFailures += error === undefined ? 0 : 1)),
    closed: ({ reason, ageMs }) =>
      watched(() => {
        sightings.sawClosed(reason)
        must('S17', ageMs >= 0, () => `a connection was ${ageMs} ms old when it was closed`)
      }),
    probed: () => watched(() => undefined),
    refused: () => watched(() => undefined),
    waiting: ({ waiting }) => watched(() => must('S17', waiting >= 0, () => `${waiting} callers wait`)),
    released: ({ how }) => watched(() => void (sightings.released += how === 'released' ? 1 : 0)),
    leaked: () => watched(() => undefined),
    breaker: ({ state }) =>
      watched(() => {
        world.tell(`the breaker is ${state}`)
        if (state === 'open' && sightings.breaker === 'half-open') world.met('the breaker tries once and opens again')
        sightings.breakerMoves(state)
        if (state === 'closed') world.met('an endpoint that was down is up again')
      }),
  }
}

function misbehave(world: World): void {
  if (world.isCalm || !world.random.chance(world.plan.faults.observer * 0.3)) return
  // Inside a pin it would share the pinned connection.
  if (world.random.chance(0.5) && !world.plan.mayPin) {
    world.met('an observer calls the pool')
    world.callFromObserver?.()
    return
  }
  world.met('an observer throws')
  world.ledger.totals.observerThrows++
  throw new Error('the observer threw')
}
