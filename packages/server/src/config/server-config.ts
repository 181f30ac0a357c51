/**
 * A configuration as a program gives it: the same keys as in a file. `docs/reference/configuration.md` says what each is
 * for, its range and its default.
 */
import type { BackoffOptions, BalancePolicy, BreakerOptions, OutlierOptions } from 'connpool'

import type { Handler } from '../handler.ts'
import type { BuiltInProtocolName } from '../protocols/built-in.ts'
import type { Protocol } from '../protocols/protocol.ts'
import type { WithoutMs } from './schema/library-words.ts'
import type { PoolData } from './schema/pool-section.ts'
import type { Secret } from './secret.ts'

/** `'250ms'`, `'5s'`, `'10m'`, `'1h'`, or a number of milliseconds; where it may be off also `'off'` or Infinity. */
export type ConfigDuration = string | number

/** `'512B'`, `'64KiB'`, `'1MiB'`, `'10MB'`, or a number of bytes. */
export type ConfigSize = string | number

/** What can be turned off, by `'off'` or Infinity. */
export type ConfigLimit = number | 'off'

export interface ServerConfig {
  readonly listeners: readonly ListenerConfig[]
  readonly upstreams?: Readonly<Record<string, UpstreamConfig>>
  readonly workers?: number | 'auto'
  readonly dispatch?: 'balanced' | 'kernel'
  readonly admin?: 'off' | false | { readonly listen?: string; readonly token?: string | Secret }
  readonly drainTimeout?: ConfigDuration
  readonly monitors?: MonitorsConfig
  readonly log?: { readonly level?: 'debug' | 'info' | 'warn' | 'error' | 'silent'; readonly access?: number }
}

export interface ListenerConfig {
  readonly name?: string
  readonly listen: string
  /** A built-in protocol by its name, or by its name and options, or one of your own. */
  readonly protocol:
    BuiltInProtocolName | { readonly name: BuiltInProtocolName; readonly [option: string]: unknown } | Protocol
  readonly upstream?: string
  /** Answers requests instead of a backend, or with the help of backends. */
  readonly handle?: Handler
  readonly concurrency?: number
  readonly maxClients?: number
  readonly maxClientsPerAddress?: ConfigLimit
  readonly allow?: readonly string[]
  readonly deny?: readonly string[]
  readonly acceptTimeout?: ConfigDuration
  readonly requestTimeout?: ConfigDuration
  readonly idleTimeout?: ConfigDuration
  readonly maxRequestSize?: ConfigSize
  readonly queueLimit?: number
  readonly queueTarget?: ConfigDuration
  readonly queueInterval?: ConfigDuration
  readonly proxyProtocol?: { readonly accept: readonly string[] }
  readonly tls?: ListenerTlsConfig
  readonly backlog?: number
  readonly reusePort?: boolean
}

export interface ListenerTlsConfig {
  readonly cert: string
  readonly key: string
  readonly ca?: string
  readonly clientCertificates?: 'none' | 'optional' | 'required'
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3'
  readonly sni?: readonly { readonly names: readonly string[]; readonly cert: string; readonly key: string }[]
}

export interface UpstreamConfig {
  readonly endpoints?: readonly (string | EndpointConfig)[]
  readonly discovery?: DiscoveryConfig
  readonly balance?: BalancePolicy
  readonly outlier?: 'off' | false | InConfigWords<OutlierOptions>
  readonly panicRatio?: number
  readonly slowStart?: ConfigDuration
  readonly zone?: string
  readonly maxSize?: number
  readonly pool?: PoolConfig
  readonly tls?: BackendTlsConfig
  readonly proxyProtocol?: 'v1' | 'v2'
  readonly retryBudget?: number
  readonly maxPaused?: number
}

export interface EndpointConfig {
  readonly endpoint: string
  readonly weight?: number
  readonly backup?: boolean
  readonly priority?: number
  readonly zone?: string
}

export interface DiscoveryConfig {
  readonly dns: string
  readonly type: 'A' | 'AAAA' | 'SRV'
  readonly port?: number
  readonly refresh?: ConfigDuration
}

export interface BackendTlsConfig {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly servername?: string
  readonly rejectUnauthorized?: boolean
}

export interface PoolConfig extends InConfigWords<PoolData> {
  readonly backoff?: InConfigWords<BackoffOptions>
  readonly breaker?: 'off' | false | InConfigWords<Omit<BreakerOptions, 'rule'>>
}

export interface MonitorsConfig {
  readonly eventLoopDelay?: ThresholdConfig
  readonly heap?: ThresholdConfig
  readonly rss?: ThresholdConfig
  readonly fds?: ThresholdConfig
}

export interface ThresholdConfig {
  readonly refuseAt?: string | number
  readonly stopAt?: string | number
}

/** The library's options without `Ms`: what is a number there may have a unit here, or be off. */
export type InConfigWords<T> = {
  readonly [Key in keyof WithoutMs<T>]: number extends WithoutMs<T>[Key]
    ? WithoutMs<T>[Key] | string
    : WithoutMs<T>[Key]
}
