import type { EndpointStats } from 'connpool'

import type { UpstreamReport } from '../../server-stats.ts'
import { cappedEndpoints } from './capped-endpoints.ts'
import { counter, gauge, histogram, type MetricFamily } from './metric-family.ts'

const BREAKER_STATES: Readonly<Record<EndpointStats['breaker'], number>> = { closed: 0, 'half-open': 1, open: 2 }
const ENDPOINT_STATES: readonly EndpointStats['state'][] = ['up', 'resting', 'ejected', 'down', 'draining']

/** What the pools of all upstreams have and have counted. `pool` is the upstream's name. */
export function poolMetrics(upstreams: Readonly<Record<string, UpstreamReport>>): MetricFamily[] {
  const ofPools = poolFamilies()
  const ofEndpoints = endpointFamilies()
  for (const [pool, report] of Object.entries(upstreams)) {
    addPool(ofPools, pool, report)
    for (const endpoint of cappedEndpoints(report.pool.endpoints)) addEndpoint(ofEndpoints, pool, endpoint)
  }
  return [...Object.values(ofEndpoints), ...Object.values(ofPools)]
}

function poolFamilies() {
  return {
    waiting: gauge('connpool_waiting', 'Unanswered acquires.'),
    maxConnections: gauge('connpool_max_connections', 'The most connections there may be, over all endpoints.'),
    acquires: counter(
      'connpool_acquires_total',
      'Acquires: reused an open connection, dialed for one, or gave up waiting (timeout).',
    ),
    acquireWait: histogram('connpool_acquire_wait_seconds', 'How long acquires waited that were served.'),
    lease: histogram('connpool_lease_seconds', 'How long connections were lent.'),
    dial: histogram('connpool_dial_seconds', 'How long dials took, well or not.'),
    paused: gauge('connpool_server_upstream_paused', '1 while requests of the upstream are held.'),
    retries: counter('connpool_server_retries_total', 'Requests tried again of which no byte had been written.'),
  } satisfies Record<string, MetricFamily>
}

function addPool(families: ReturnType<typeof poolFamilies>, pool: string, report: UpstreamReport): void {
  const { waiting, maxSize, hits, misses, timeouts } = report.pool
  families.waiting.add({ pool }, waiting)
  families.maxConnections.add({ pool }, maxSize)
  families.acquires.addEach({ pool }, 'outcome', { reused: hits, dialed: misses, timeout: timeouts })
  families.acquireWait.addHistogram({ pool }, report.histograms.wait)
  families.lease.addHistogram({ pool }, report.histograms.lease)
  families.dial.addHistogram({ pool }, report.histograms.dial)
  families.paused.add({ pool }, report.isPaused ? 1 : 0)
  families.retries.add({ pool }, report.retries)
}

function endpointFamilies() {
  return {
    connections: gauge('connpool_connections', 'Connections by state; each takes one slot of the maximum.'),
    dials: counter('connpool_dials_total', 'Dials that ended, by how.'),
    closed: counter('connpool_closed_total', 'Connections closed, by reason.'),
    probesBegun: counter('connpool_probes_begun_total', 'Probes begun.'),
    probes: counter('connpool_probes_total', 'Probes that found a connection healthy (ok) or not (failed).'),
    breaker: gauge('connpool_breaker_state', 'The breaker: 0 closed, 1 half-open, 2 open; the worst of all processes.'),
    state: gauge('connpool_endpoint_state', '1 for the state the endpoint is in; the worst of all processes.'),
  } satisfies Record<string, MetricFamily>
}

function addEndpoint(families: ReturnType<typeof endpointFamilies>, pool: string, stats: EndpointStats): void {
  const labels = { pool, endpoint: stats.endpoint }
  const { idle, leased, probing, dialing, closing, dials, dialFailures, probes, probesPassed, probeFailures } = stats
  families.connections.addEach(labels, 'state', { idle, leased, probing, dialing, closing })
  families.dials.addEach(labels, 'outcome', { ok: dials - dialing - dialFailures, failed: dialFailures })
  families.closed.addEach(labels, 'reason', stats.closed)
  families.probesBegun.add(labels, probes)
  families.probes.addEach(labels, 'outcome', { ok: probesPassed, failed: probeFailures })
  families.breaker.add(labels, BREAKER_STATES[stats.breaker])
  for (const state of ENDPOINT_STATES) families.state.add({ ...labels, state }, state === stats.state ? 1 : 0)
}
