import type { ListenerStats } from '../../server-stats.ts'
import { counter, gauge, histogram, type MetricFamily } from './metric-family.ts'

/** Clients, requests, refusals, bytes and queues of all listeners. */
export function listenerMetrics(listeners: Readonly<Record<string, ListenerStats>>): MetricFamily[] {
  const families = { ...clientFamilies(), ...queueFamilies() }
  for (const [listener, stats] of Object.entries(listeners)) {
    addClients(families, listener, stats)
    addQueue(families, listener, stats)
  }
  return Object.values(families)
}

function clientFamilies() {
  return {
    sessions: gauge('connpool_server_sessions', 'Open sessions.'),
    sessionsEnded: counter('connpool_server_sessions_total', 'Sessions that ended, by termination code.'),
    requests: counter('connpool_server_requests_total', 'Answered requests: ok, or why not.'),
    requestTime: histogram(
      'connpool_server_request_seconds',
      'From the first byte of a request to the last of its reply.',
    ),
    refused: counter('connpool_server_refused_total', 'Clients refused before they had a session, by reason.'),
    bytes: counter('connpool_server_bytes_total', 'Bytes from clients (in) and to them (out).'),
  } satisfies Record<string, MetricFamily>
}

function addClients(families: ReturnType<typeof clientFamilies>, listener: string, stats: ListenerStats): void {
  families.sessions.add({ listener }, stats.sessions)
  families.sessionsEnded.addEach({ listener }, 'end', stats.ended)
  families.requests.addEach({ listener }, 'outcome', stats.requests)
  families.requestTime.addHistogram({ listener }, stats.requestTime)
  families.refused.addEach({ listener }, 'reason', stats.refused)
  families.bytes.addEach({ listener }, 'direction', { in: stats.bytesIn, out: stats.bytesOut })
}

function queueFamilies() {
  return {
    queueLength: gauge('connpool_server_queue_length', 'Requests that wait for a connection.'),
    queueLimit: gauge('connpool_server_queue_limit', 'The most requests that may wait.'),
    queueWait: histogram('connpool_server_queue_wait_seconds', 'How long requests waited that were served.'),
    queueDropped: counter('connpool_server_queue_dropped_total', 'Requests that left the queue unserved, by reason.'),
    queueOverloaded: gauge(
      'connpool_server_queue_overloaded',
      'How many processes serve the newest request first now.',
    ),
  } satisfies Record<string, MetricFamily>
}

function addQueue(families: ReturnType<typeof queueFamilies>, listener: string, { queue }: ListenerStats): void {
  families.queueLength.add({ listener }, queue.length)
  families.queueLimit.add({ listener }, queue.limit)
  families.queueWait.addHistogram({ listener }, queue.waitTime)
  families.queueDropped.addEach({ listener }, 'reason', queue.dropped)
  families.queueOverloaded.add({ listener }, queue.overloaded)
}
