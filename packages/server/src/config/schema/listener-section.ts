import type { Handler } from '../../handler.ts'
import type { Protocol } from '../../protocols/protocol.ts'
import { DEFAULTS } from '../defaults.ts'
import { ADDRESS_RANGE } from '../kinds/address-range.ts'
import { LISTEN_ADDRESS } from '../kinds/addresses.ts'
import { DURATION_ABOVE_ZERO, DURATION_OR_OFF } from '../kinds/duration.ts'
import { CONCURRENCY, HANDLER } from '../kinds/handler.ts'
import type { Kind } from '../kinds/kind.ts'
import { list } from '../kinds/list.ts'
import { BACKLOG, COUNT, COUNT_OR_OFF } from '../kinds/numbers.ts'
import { optional, withDefault } from '../kinds/optional.ts'
import { PROTOCOL } from '../kinds/protocol.ts'
import { section } from '../kinds/section.ts'
import { SIZE_IN_BYTES } from '../kinds/size.ts'
import { BOOLEAN, NAME } from '../kinds/words.ts'
import type { ListenAddress } from '../settings.ts'
import { LISTENER_TLS, type ListenerTlsEntry } from './listener-tls-section.ts'

export interface ListenerEntry {
  readonly name: string | undefined
  readonly listen: ListenAddress
  readonly protocol: Protocol
  readonly upstream: string | undefined
  readonly handle: Handler | undefined
  readonly concurrency: number | undefined
  readonly maxClients: number
  readonly maxClientsPerAddress: number
  readonly allow: readonly string[] | undefined
  readonly deny: readonly string[]
  readonly acceptTimeout: number
  readonly requestTimeout: number | undefined
  readonly idleTimeout: number
  readonly maxRequestSize: number | undefined
  readonly queueLimit: number | undefined
  readonly queueTarget: number
  readonly queueInterval: number
  readonly proxyProtocol: { readonly accept: readonly string[] } | undefined
  readonly tls: ListenerTlsEntry | undefined
  readonly backlog: number
  readonly reusePort: boolean
}

const { listener } = DEFAULTS

const PROXY_PROTOCOL = section<{ readonly accept: readonly string[] }>(
  { accept: list(ADDRESS_RANGE, 'addresses', 1) },
  { accept: 'Who must begin with a PROXY header; nobody else may.' },
)

/** One of `listeners`. */
export const LISTENER: Kind<ListenerEntry> = section<ListenerEntry>(
  {
    name: optional(NAME),
    listen: LISTEN_ADDRESS,
    protocol: PROTOCOL,
    upstream: optional(NAME),
    handle: optional(HANDLER),
    concurrency: optional(CONCURRENCY),
    maxClients: withDefault(COUNT, listener.maxClients),
    maxClientsPerAddress: withDefault(COUNT_OR_OFF, listener.maxClientsPerAddress),
    allow: optional(list(ADDRESS_RANGE, 'addresses', 1)),
    deny: withDefault(list(ADDRESS_RANGE, 'addresses'), []),
    acceptTimeout: withDefault(DURATION_ABOVE_ZERO, listener.acceptTimeout),
    requestTimeout: optional(DURATION_ABOVE_ZERO),
    idleTimeout: withDefault(DURATION_OR_OFF, listener.idleTimeout),
    maxRequestSize: optional(SIZE_IN_BYTES),
    queueLimit: optional(COUNT),
    queueTarget: withDefault(DURATION_ABOVE_ZERO, listener.queueTarget),
    queueInterval: withDefault(DURATION_ABOVE_ZERO, listener.queueInterval),
    proxyProtocol: optional(PROXY_PROTOCOL),
    tls: optional(LISTENER_TLS),
    backlog: withDefault(BACKLOG, listener.backlog),
    reusePort: withDefault(BOOLEAN, listener.reusePort),
  },
  {
    name: 'What logs and metrics call it. Default: the name of its protocol.',
    listen: "Where clients connect to: 'host:port', 'unix:/path' or 'systemd:name'.",
    protocol: 'What the clients speak.',
    upstream: 'The name of the upstream that serves them.',
    handle: 'A function that answers requests instead of a backend (only in a program).',
    concurrency: 'How many handlers run at once (with `handle`). Default 64.',
    maxClients: 'How many clients may be connected at the same time.',
    maxClientsPerAddress: 'How many of them from one address.',
    allow: 'Addresses and ranges that may connect. Left out: all.',
    deny: 'Addresses and ranges that may not, even if `allow` has them.',
    acceptTimeout: 'How long a client may take for its PROXY header and TLS.',
    requestTimeout: "How long a request may take, from its first byte to its reply's last. Default 5s; not with tcp.",
    idleTimeout: 'How long a session may be at rest.',
    maxRequestSize: 'The longest request that is taken. Default 1MiB; not with tcp.',
    queueLimit: 'How many requests may wait for a connection. Default: half of `maxClients`.',
    queueTarget:
      'How long requests should wait at most. Overload is when all wait longer, and ever more come than are served.',
    queueInterval: 'Overload is judged over three of these. At least twice as long as a request takes at its backend.',
    proxyProtocol: 'Clients that say on whose behalf they come, by a PROXY header (version 1 or 2).',
    tls: 'TLS for the clients.',
    backlog: 'How many connections the system holds before they are accepted.',
    reusePort: 'Whether other processes may listen on the same port.',
  },
)
