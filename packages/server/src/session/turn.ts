import { PoolError } from 'connpool'

import type { QueuedRequest } from '../dispatch/queued-request.ts'
import type { RefusalReason } from '../refusal.ts'
import type { Lending } from './lending.ts'
import type { SessionPhase } from './session-end.ts'

/** Where a turn stands: in the queue, waiting for a connection, having one, or at its end. */
export type TurnPhase = 'queued' | 'connecting' | 'granted' | 'over'

const LETTERS: Readonly<Record<TurnPhase, SessionPhase>> = { queued: 'Q', connecting: 'C', granted: 'D', over: '-' }

/** The same, as the end of a session says it. */
export function letterOf(phase: TurnPhase): SessionPhase {
  return LETTERS[phase]
}

/** Who wants something. One of the two is called, once, unless the turn is left before; maybe before `begin()` returns. */
export interface TurnTaker<G> {
  granted(grant: G): void
  /** Nothing was written for it. */
  refused(reason: RefusalReason, error: unknown): void
}

/**
 * One request's way to what it needs and back: a place in the queue, a slot, a connection. However it ends, the slot is
 * given on once.
 */
export class Turn<G> implements QueuedRequest<Turn<G>> {
  readonly #lending: Lending<G>
  readonly #taker: TurnTaker<G>
  #grant: G | undefined
  #abort: AbortController | undefined
  queueState: QueuedRequest<Turn<G>>['queueState'] = 'out'
  queuedAt = 0
  older: Turn<G> | undefined
  newer: Turn<G> | undefined

  constructor(lending: Lending<G>, taker: TurnTaker<G>) {
    this.#lending = lending
    this.#taker = taker
  }

  get phase(): TurnPhase {
    if (this.#grant !== undefined) return 'granted'
    if (this.queueState === 'served') return 'connecting'
    return this.queueState === 'out' ? 'over' : 'queued'
  }

  begin(): void {
    switch (this.#lending.queue.offer(this)) {
      case 'served':
        this.served()
        break
      case 'refused':
        this.#taker.refused('queue-full', undefined)
        break
      case 'waiting':
    }
  }

  /** For the queue: it has a slot. */
  served(): void {
    let grant: G | undefined
    try {
      grant = this.#lending.tryLend()
    } catch (error) {
      return this.#refuse(error)
    }
    if (grant === undefined) void this.#wait()
    else this.#take(grant)
  }

  /** For the queue: it has to go. */
  shed(): void {
    this.#taker.refused('queue-shed', undefined)
  }

  /** Nobody waits any more: the taker is not called. It does nothing to what was granted. */
  leave(why: 'gone' | 'timeout'): void {
    if (this.phase === 'queued') this.#lending.queue.leave(this, why)
    else if (this.phase === 'connecting') this.#abort?.abort(LEFT)
  }

  /** What was granted goes back. */
  end(how: 'clean' | 'broken', reason?: unknown): void {
    const grant = this.#grant
    if (grant === undefined) return
    this.#grant = undefined
    this.#lending.giveBack(grant, how, reason)
    this.#lending.queue.finished(this)
  }

  #take(grant: G): void {
    this.#grant = grant
    this.#taker.granted(grant)
  }

  async #wait(): Promise<void> {
    const abort = new AbortController()
    this.#abort = abort
    let grant: G
    try {
      grant = await this.#lending.lend(abort.signal)
    } catch (error) {
      if (abort.signal.aborted) return this.#lending.queue.finished(this)
      return this.#refuse(error)
    }
    if (abort.signal.aborted) this.#giveUp(grant)
    else this.#take(grant)
  }

  #refuse(error: unknown): void {
    this.#lending.queue.finished(this)
    this.#taker.refused(reasonOf(error), error)
  }

  /** It came after its taker had left. */
  #giveUp(grant: G): void {
    this.#lending.giveBack(grant, 'clean')
    this.#lending.queue.finished(this)
  }
}

const LEFT: Error = new Error('The request has left')

function reasonOf(error: unknown): RefusalReason {
  if (!(error instanceof PoolError)) return 'unavailable'
  switch (error.code) {
    case 'ACQUIRE_TIMEOUT':
      return 'timeout'
    case 'QUEUE_FULL':
      return 'queue-full'
    case 'POOL_CLOSED':
      return 'draining'
    default:
      return 'unavailable'
  }
}
