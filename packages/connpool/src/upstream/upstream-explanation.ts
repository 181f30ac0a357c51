import type { Holder } from '../errors.ts'
import type { Decision } from '../pool/decisions.ts'
import { explain, type PoolExplanation } from '../pool/explain.ts'
import type { UpstreamWires } from './upstream-wires.ts'
import { type EndpointStats, upstreamStatsOf } from './upstream-stats.ts'

const MOST_WAITERS = 100
const MOST_DECISIONS = 100

/** Why an upstream is as it is: as of a pool, and of each endpoint. */
export interface UpstreamExplanation extends PoolExplanation {
  readonly endpoints: readonly (PoolExplanation & Pick<EndpointStats, 'endpoint' | 'state'>)[]
}

export function explainUpstream<C>(wires: UpstreamWires<C>): UpstreamExplanation {
  const { machine, endpoints, refusals } = wires
  const stats = upstreamStatsOf(wires)
  const each = endpoints.all.map((member, index) => ({
    ...explain(member.wires),
    endpoint: member.endpoint,
    state: stats.endpoints[index]?.state ?? 'draining',
  }))
  const now = endpoints.freshNow()
  const waiters = machine.waiters().slice(0, MOST_WAITERS)
  const lastDialError = refusals.lastDialError ?? refusals.lastDiscoveryError
  return {
    lifecycle: machine.lifecycle,
    summary: summaryOf(wires, stats.endpoints),
    waiters: waiters.map((waiter) => ({ phase: wires.phaseOf(waiter, now), ageMs: now - waiter.since })),
    holders: holdersOf(wires, Infinity),
    ...(lastDialError !== undefined && { lastDialError }),
    decisions: decisionsOf(each),
    endpoints: each,
  }
}

/** Who has held a connection longest, at whatever endpoint. */
export function holdersOf<C>(wires: UpstreamWires<C>, most: number): Holder[] {
  const holders = wires.endpoints.all.flatMap((member) => member.wires.holders(most))
  return holders.toSorted((one, other) => other.ageMs - one.ageMs).slice(0, most)
}

function decisionsOf(
  each: readonly { readonly endpoint: string; readonly decisions: readonly Decision[] }[],
): Decision[] {
  const decisions = each.flatMap(({ endpoint, decisions: own }) =>
    own.map(({ at, what }) => ({ at, what: `${endpoint}: ${what}` })),
  )
  return decisions.toSorted((one, other) => one.at - other.at).slice(-MOST_DECISIONS)
}

function summaryOf<C>({ machine, slots, refusals }: UpstreamWires<C>, endpoints: readonly EndpointStats[]): string {
  const up = endpoints.filter(({ state }) => state === 'up').length
  const limit = slots.limit === Infinity ? '' : ` of at most ${slots.limit}`
  const sentences = [
    `The upstream of ${refusals.endpointText} is ${machine.lifecycle}: ${up} of ${endpoints.length} endpoints are up, ` +
      `${slots.taken}${limit} connections, ${slots.idle} idle, ${machine.waiting} waiting.`,
    ...endpoints.filter(({ state }) => state !== 'up').map(({ endpoint, state }) => `${endpoint} is ${state}.`),
  ]
  return sentences.join(' ')
}
