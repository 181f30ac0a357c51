import type { ListenerEntry } from '../schema/listener-section.ts'
import type { Place } from './place.ts'

/** They mean something only to requests: a misunderstanding where bytes are passed on unseen. */
const OF_REQUESTS = ['requestTimeout', 'maxRequestSize', 'handle'] as const

/** What the keys of a listener say together. */
export function checkListener(entry: ListenerEntry, place: Place): void {
  checkWhoServes(entry, place)
  checkRequests(entry, place)
  checkQueue(entry, place)
  const { maxClients, maxClientsPerAddress, reusePort, listen } = entry
  if (maxClientsPerAddress !== Infinity && maxClientsPerAddress > maxClients) {
    place.in('maxClientsPerAddress').refuse(`must not exceed maxClients, ${maxClients}`)
  }
  if (reusePort && !('port' in listen)) place.in('reusePort').refuse('must be false where there is no port')
}

function checkWhoServes({ upstream, handle, concurrency }: ListenerEntry, place: Place): void {
  if (upstream === undefined && handle === undefined) {
    place.refuseKey('must have an upstream (or, in a program, a handle function)')
  }
  if (handle === undefined && concurrency !== undefined) {
    place.in('concurrency').refuseKey('must be absent without handle: it is how many handlers run at once')
  }
}

function checkRequests(entry: ListenerEntry, place: Place): void {
  const { protocol } = entry
  if (protocol.pooling === 'exchange') return
  for (const key of OF_REQUESTS) {
    if (entry[key] === undefined) continue
    place.in(key).refuseKey(`must be absent with protocol ${protocol.name}, which knows no requests`)
  }
}

function checkQueue({ queueTarget, queueInterval }: ListenerEntry, place: Place): void {
  if (queueTarget <= queueInterval) return
  place.in('queueTarget').refuse(`must not exceed queueInterval, ${queueInterval}ms`)
}
