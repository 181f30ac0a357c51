import * as v from 'valibot'

import { DEFAULTS } from '../defaults.ts'
import { DURATION_ABOVE_ZERO } from '../kinds/duration.ts'
import { SIZE_IN_BYTES } from '../kinds/size.ts'
import type { ListenerEntry } from '../schema/listener-section.ts'
import type { ListenerSettings } from '../settings.ts'
import { checkListener } from './check-listener.ts'
import { listenerTls } from './listener-tls.ts'
import type { Place } from './place.ts'

/** These have a default, and yet it makes a difference whether they were given. */
const REQUEST_TIMEOUT_MS = v.parse(DURATION_ABOVE_ZERO, DEFAULTS.listener.requestTimeout)
const MAX_REQUEST_BYTES = v.parse(SIZE_IN_BYTES, DEFAULTS.listener.maxRequestSize)

/** The settings of one listener. What is wrong with it is told at `place`. */
export function listenerSettings(entry: ListenerEntry, place: Place): ListenerSettings {
  checkListener(entry, place)
  const { listen, protocol, upstream, handle, maxClients, maxClientsPerAddress, allow, deny } = entry
  return {
    name: entry.name ?? protocol.name,
    listen,
    protocol,
    upstream,
    handle,
    concurrency: entry.concurrency ?? DEFAULTS.listener.concurrency,
    maxClients,
    maxClientsPerAddress,
    allow,
    deny,
    acceptTimeoutMs: entry.acceptTimeout,
    requestTimeoutMs: entry.requestTimeout ?? REQUEST_TIMEOUT_MS,
    idleTimeoutMs: entry.idleTimeout,
    maxRequestBytes: entry.maxRequestSize ?? MAX_REQUEST_BYTES,
    queue: {
      limit: entry.queueLimit ?? Math.ceil(maxClients / 2),
      targetMs: entry.queueTarget,
      intervalMs: entry.queueInterval,
    },
    proxyProtocol: entry.proxyProtocol,
    tls: entry.tls === undefined ? undefined : listenerTls(entry.tls, place.in('tls')),
    backlog: entry.backlog,
    reusePort: entry.reusePort,
  }
}
