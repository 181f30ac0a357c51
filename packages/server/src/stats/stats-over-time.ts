import type { ServerStats } from '../server-stats.ts'
import { sumServerStats } from '../sum-server-stats.ts'
import { mapValues } from './map-values.ts'
import { retiredStats } from './retired-stats.ts'
import { upstreamWithPast } from './upstream-with-past.ts'

const NOTHING: ServerStats = sumServerStats([])

/**
 * The sum over processes that come and go: what a process has counted stays in the sum when it is gone, so that no counter
 * goes back. Listeners, upstreams and endpoints that no living process has are not shown.
 */
export class StatsOverTime {
  readonly #reports = new Map<number, ServerStats>()
  #past: ServerStats = NOTHING

  /** A process begins. Its key must not be that of another that lives. */
  join(key: number): void {
    if (this.#reports.has(key)) throw new Error(`bug: process ${key} has joined before`)
    this.#reports.set(key, { ...NOTHING, state: 'starting' })
  }

  /** The newest numbers of a process. One that has left, or never joined, is too late and not heard. */
  report(key: number, stats: ServerStats): void {
    if (this.#reports.has(key)) this.#reports.set(key, stats)
  }

  /** A process is gone: its last report is kept. A second call changes nothing. */
  leave(key: number): void {
    const last = this.#reports.get(key)
    if (last === undefined) return
    this.#reports.delete(key)
    const past = sumServerStats([this.#past, retiredStats(last)])
    this.#past = forgetEndpoints(past, sumServerStats([last, ...this.#reports.values()]))
  }

  total(): ServerStats {
    const living = sumServerStats([...this.#reports.values()])
    const hasReports = Object.keys(living.listeners).length > 0
    return hasReports ? withPast(living, this.#past) : { ...sumServerStats([living, this.#past]), state: living.state }
  }
}

/**
 * Endpoints may come from a name server without end: those that nobody has any more are only in the upstream's sum. Where
 * nobody has said yet what it has, as when all processes are new, nothing is forgotten.
 */
function forgetEndpoints(past: ServerStats, known: ServerStats): ServerStats {
  const knownUpstreams = new Map(Object.entries(known.upstreams))
  const upstreams = mapValues(past.upstreams, (upstream, name) => {
    const present = knownUpstreams.get(name)?.pool.endpoints
    if (present === undefined) return upstream
    const names = new Set(present.map(({ endpoint }) => endpoint))
    const endpoints = upstream.pool.endpoints.filter(({ endpoint }) => names.has(endpoint))
    return { ...upstream, pool: { ...upstream.pool, endpoints } }
  })
  return { ...past, upstreams }
}

/** How an endpoint stands is what the living say: the past only adds to what was counted. */
function withPast(living: ServerStats, past: ServerStats): ServerStats {
  const sum = sumServerStats([living, past])
  const before = new Map(Object.entries(past.upstreams))
  return {
    ...sum,
    listeners: mapValues(living.listeners, (listener, name) => sum.listeners[name] ?? listener),
    upstreams: mapValues(living.upstreams, (upstream, name) => upstreamWithPast(upstream, before.get(name))),
  }
}
