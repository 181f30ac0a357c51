import type { BalancePolicy, OutlierOptions } from 'connpool'

import { DEFAULTS } from '../defaults.ts'
import { DURATION_ABOVE_ZERO, DURATION_OR_ZERO } from '../kinds/duration.ts'
import { ENDPOINT } from '../kinds/endpoint.ts'
import type { Kind } from '../kinds/kind.ts'
import { list } from '../kinds/list.ts'
import { mappingOr } from '../kinds/mapping-or.ts'
import { COUNT, COUNT_OR_OFF, COUNT_OR_ZERO, PORT, RATIO, RATIO_OR_OFF, WEIGHT } from '../kinds/numbers.ts'
import { optional, withDefault } from '../kinds/optional.ts'
import { section } from '../kinds/section.ts'
import { BOOLEAN, FALSE_OR_OFF, FILE_PATH, LABEL, oneOf } from '../kinds/words.ts'
import type { Filled, WithoutMs } from './library-words.ts'
import { POOL, type PoolEntry } from './pool-section.ts'

export interface EndpointEntry {
  readonly endpoint: string
  readonly weight: number | undefined
  readonly backup: boolean | undefined
  readonly priority: number | undefined
  readonly zone: string | undefined
}

export interface DiscoveryEntry {
  readonly dns: string
  readonly type: 'A' | 'AAAA' | 'SRV'
  readonly port: number | undefined
  readonly refresh: number
}

export interface BackendTlsEntry {
  readonly ca: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
  readonly servername: string | undefined
  readonly rejectUnauthorized: boolean | undefined
}

export type OutlierEntry = Filled<WithoutMs<OutlierOptions>>

export interface UpstreamEntry {
  readonly endpoints: readonly (string | EndpointEntry)[] | undefined
  readonly discovery: DiscoveryEntry | undefined
  readonly balance: BalancePolicy | undefined
  readonly outlier: OutlierEntry | false | undefined
  readonly panicRatio: number | undefined
  readonly slowStart: number | undefined
  readonly zone: string | undefined
  readonly maxSize: number | undefined
  readonly pool: PoolEntry
  readonly tls: BackendTlsEntry | undefined
  readonly proxyProtocol: 'v1' | 'v2' | undefined
  readonly retryBudget: number
  readonly maxPaused: number
}

const ENDPOINT_ENTRY = section<EndpointEntry>(
  {
    endpoint: ENDPOINT,
    weight: optional(WEIGHT),
    backup: optional(BOOLEAN),
    priority: optional(COUNT_OR_ZERO),
    zone: optional(LABEL),
  },
  {
    endpoint: "Where it is: 'host:port', 'tls://host:port' or 'unix:/path'.",
    weight: 'Its share of the traffic, in proportion to the weights of the others. Default 1.',
    backup: 'Used only while no other can be. Default false.',
    priority: 'Endpoints with the least number are used first. Default 0.',
    zone: "Where it stands; endpoints of the upstream's `zone` are preferred.",
  },
)

const DISCOVERY = section<DiscoveryEntry>(
  {
    dns: LABEL,
    type: oneOf('A', 'AAAA', 'SRV'),
    port: optional(PORT),
    refresh: withDefault(DURATION_ABOVE_ZERO, DEFAULTS.discovery.refresh),
  },
  {
    dns: 'The name that is looked up.',
    type: 'Which records are asked for.',
    port: 'The port of every address; not with SRV, whose records have their own.',
    refresh: 'How long after an answer it is looked up again.',
  },
)

const TLS = section<BackendTlsEntry>(
  {
    ca: optional(FILE_PATH),
    cert: optional(FILE_PATH),
    key: optional(FILE_PATH),
    servername: optional(LABEL),
    rejectUnauthorized: optional(BOOLEAN),
  },
  {
    ca: 'A PEM file of who signs the certificates of the backends. Default: whom Node trusts.',
    cert: 'A PEM file with our certificate, for backends that ask for one.',
    key: 'A PEM file with its private key.',
    servername: 'The name the certificates must be for. Default: the host of the endpoint.',
    rejectUnauthorized:
      'Whether only a certificate that is proved right will do; false takes that of an impostor too. Default true.',
  },
)

const OUTLIER = section<OutlierEntry>(
  {
    consecutiveFailures: optional(COUNT_OR_OFF),
    failureRatio: optional(RATIO_OR_OFF),
    window: optional(DURATION_ABOVE_ZERO),
    minSamples: optional(COUNT),
    baseEjection: optional(DURATION_ABOVE_ZERO),
    maxEjection: optional(DURATION_ABOVE_ZERO),
    maxEjectionRatio: optional(RATIO),
  },
  {
    consecutiveFailures: 'Failures in a row that eject an endpoint. Default 5.',
    failureRatio: 'The share of failures among the results of `window` that ejects one, too. Default 0.85.',
    window: 'How long a result counts for `failureRatio`. Default 10s.',
    minSamples: 'With fewer results than this `failureRatio` has no effect. Default 50.',
    baseEjection: 'How long the first ejection lasts. Default 30s.',
    maxEjection: 'How long the longest lasts. Default 5m.',
    maxEjectionRatio: 'At most this share of the endpoints is ejected at the same time. Default 0.5.',
  },
)

/** One of `upstreams`. */
export const UPSTREAM: Kind<UpstreamEntry> = section<UpstreamEntry>(
  {
    endpoints: optional(list(mappingOr(ENDPOINT_ENTRY, ENDPOINT), 'endpoints', 1)),
    discovery: optional(DISCOVERY),
    balance: optional(oneOf('two-choices', 'round-robin', 'least-leased', 'random', 'rendezvous', 'failover')),
    outlier: optional(mappingOr(OUTLIER, FALSE_OR_OFF)),
    panicRatio: optional(RATIO),
    slowStart: optional(DURATION_OR_ZERO),
    zone: optional(LABEL),
    maxSize: optional(COUNT),
    pool: withDefault(POOL, {}),
    tls: optional(TLS),
    proxyProtocol: optional(oneOf('v1', 'v2')),
    retryBudget: withDefault(RATIO, DEFAULTS.upstream.retryBudget),
    maxPaused: withDefault(COUNT_OR_ZERO, DEFAULTS.upstream.maxPaused),
  },
  {
    endpoints: 'The backends that can stand in for each other.',
    discovery: 'Where the backends are looked up, instead of `endpoints`.',
    balance: 'How the backend of a request is chosen. Default two-choices.',
    outlier: 'When a backend that fails its users is left out for a while; `off`: never.',
    panicRatio: 'When fewer than this share of the backends are up, nobody is left out. Default 0.5.',
    slowStart: 'How long a backend that joins or returns takes to get its full share. Default 10s.',
    zone: 'Where this server stands: backends of the same zone are preferred.',
    maxSize: 'Connections to all endpoints by all workers together. Default: `pool.maxSize` for each endpoint.',
    pool: "The options of each endpoint's pool.",
    tls: 'TLS to the backends; `{}` for its defaults.',
    proxyProtocol:
      'Tells the backend who the client is, by a PROXY header of this version (only with tcp, and without TLS to it).',
    retryBudget: 'How many retries there may be, as a part of the requests of the last 10 s.',
    maxPaused: 'How many requests are held while the upstream is paused.',
  },
)
