import type { Holder, WaitPhase } from '../errors.ts'
import type { PoolStats } from '../metrics/stats.ts'
import type { Decision } from './decisions.ts'
import type { Lifecycle } from './pool-effects.ts'
import type { PoolWires } from './pool-wires.ts'

/** Why a pool is as it is, for people who are looking for the cause of something. */
export interface PoolExplanation {
  readonly lifecycle: Lifecycle
  /** One or two sentences. */
  readonly summary: string
  /** The unanswered acquires, oldest first, at most a hundred. */
  readonly waiters: readonly { readonly phase: WaitPhase; readonly ageMs: number }[]
  /** Who has a connection, longest first. Stacks are recorded only with a finite `leakWarnMs` or `maxLeaseMs`. */
  readonly holders: readonly Holder[]
  readonly lastDialError?: Error
  /** The last decisions of the pool, oldest first; `at` is in milliseconds of its clock. */
  readonly decisions: readonly Decision[]
}

const MOST_WAITERS = 100

export function explain<C>(wires: PoolWires<C>): PoolExplanation {
  const { machine, lastDialError } = wires
  const waiters = explainWaiters(wires)
  const holders = wires.holders(Infinity)
  return {
    lifecycle: machine.lifecycle,
    summary: summaryOf(wires, waiters[0]),
    waiters,
    holders,
    ...(lastDialError !== undefined && { lastDialError }),
    decisions: wires.journal.decisions.list(),
  }
}

function explainWaiters<C>(wires: PoolWires<C>): { phase: WaitPhase; ageMs: number }[] {
  const now = wires.freshNow()
  const waiters: { phase: WaitPhase; ageMs: number }[] = []
  for (const waiter of wires.machine.waiters) {
    if (waiters.length === MOST_WAITERS) break
    waiters.push({ phase: wires.machine.phaseOf(waiter, now), ageMs: now - waiter.since })
  }
  return waiters
}

function summaryOf<C>(wires: PoolWires<C>, oldest: { phase: WaitPhase; ageMs: number } | undefined): string {
  const stats = wires.stats()
  const sentences = [
    `${wires.endpointText} is ${wires.machine.isPaused ? 'paused' : wires.machine.lifecycle}: ${loadOf(stats)}.`,
  ]
  if (wires.machine.breakerState !== 'closed') sentences.push(howItIsDown(wires))
  if (oldest !== undefined) sentences.push(whyItWaits(wires, stats, oldest))
  return sentences.join(' ')
}

function howItIsDown<C>(wires: PoolWires<C>): string {
  const { machine, lastDialError } = wires
  if (wires.breaker?.toJSON().isIsolated === true) return 'The endpoint is isolated: its breaker is held open by hand.'
  const inMs = Math.ceil(machine.retryAfterMs(wires.freshNow()))
  const why = lastDialError === undefined ? '' : `: ${lastDialError.message}`
  const when = inMs > 0 ? `in ${inMs} ms` : 'by the next caller'
  return `The endpoint is down (breaker ${machine.breakerState}), to be tried again ${when}${why}.`
}

function loadOf({ leased, maxSize, idle, probing, dialing, closing }: PoolStats): string {
  return `${leased} of at most ${maxSize} connections leased, ${idle} idle, ${probing} probing, ${dialing} dialing, ${closing} closing`
}

function whyItWaits<C>(wires: PoolWires<C>, stats: PoolStats, oldest: { phase: WaitPhase; ageMs: number }): string {
  const who = `${stats.waiting} waiting, the oldest for ${Math.round(oldest.ageMs)} ms`
  switch (oldest.phase) {
    case 'paused':
      return `${who}: the pool is paused.`
    case 'probing':
      return `${who}: a connection is being examined for it.`
    case 'dialing':
      return `${who}: a connection is being dialed for it, at most ${wires.machine.dialLimit} at once.`
    case 'backing-off':
      return `${who}: the last dial failed (${wires.lastDialError?.message ?? 'unknown'}), the next one is being held back.`
    case 'queued':
      return `${who}: ${whatHoldsItUp(wires, stats)}`
  }
}

function whatHoldsItUp<C>(wires: PoolWires<C>, stats: PoolStats): string {
  const [longest] = wires.holders(1)
  if (stats.total + stats.dialing + stats.closing < stats.maxSize) return 'others are served first.'
  if (longest === undefined) return 'maxSize is reached by connections that are being opened or closed.'
  return `maxSize is reached; connection ${longest.id} has been leased longest, for ${Math.round(longest.ageMs)} ms.`
}
