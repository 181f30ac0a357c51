import type { ConnectionOptions } from 'node:tls'

import type { PoolOptions, UpstreamOptions } from 'connpool'

import type { Handler } from '../handler.ts'
import type { Protocol } from '../protocols/protocol.ts'
import type { Secret } from './secret.ts'

/**
 * A configuration that has been checked, with every default filled in. Durations are milliseconds, sizes bytes. It is what
 * the server runs by; YAML files, flags and configuration objects all become this.
 */
export interface ServerSettings {
  readonly listeners: readonly ListenerSettings[]
  readonly upstreams: readonly UpstreamSettings[]
  /** How many processes serve; 1: this one. */
  readonly workers: number
  readonly dispatch: 'balanced' | 'kernel'
  readonly admin: AdminSettings | undefined
  readonly drainTimeoutMs: number
  readonly monitors: MonitorSettings
  readonly log: LogSettings
}

/** Where to listen: a port (0: any free one), a Unix socket, or one that systemd has opened (by its name, or its number). */
export type ListenAddress =
  { readonly host: string; readonly port: number } | { readonly path: string } | { readonly systemd: string }

export interface ListenerSettings {
  readonly name: string
  readonly listen: ListenAddress
  readonly protocol: Protocol
  /** The upstream's name; undefined only with `handle`. */
  readonly upstream: string | undefined
  readonly handle: Handler | undefined
  /** How many handlers run at once (with `handle`). Default 64. */
  readonly concurrency: number
  readonly maxClients: number
  /** Default Infinity. */
  readonly maxClientsPerAddress: number
  /** Addresses and CIDR ranges. Undefined: all are allowed. */
  readonly allow: readonly string[] | undefined
  readonly deny: readonly string[]
  readonly acceptTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly idleTimeoutMs: number
  /** Longest request that is taken. Default 1 MiB. Not in `tcp`. */
  readonly maxRequestBytes: number
  readonly queue: QueueSettings
  readonly proxyProtocol: { readonly accept: readonly string[] } | undefined
  readonly tls: ListenerTlsSettings | undefined
  readonly backlog: number
  readonly reusePort: boolean
}

/** The queue of requests that wait for a connection. See `dispatch/request-queue-machine.ts`. */
export interface QueueSettings {
  /** Default: half of `maxClients`. */
  readonly limit: number
  /** How long requests should wait at most: while some wait less there is no overload. Default 5. */
  readonly targetMs: number
  /** Overload is judged over three of these, and who has waited for ten under it is shed. Default 100. */
  readonly intervalMs: number
}

/** Paths of PEM files, read at start and again on reload. */
export interface CertificateSettings {
  readonly cert: string
  readonly key: string
}

export interface ListenerTlsSettings extends CertificateSettings {
  /** Certificates by server name (SNI); `*.example.org` matches one label. */
  readonly sni: readonly (CertificateSettings & { readonly names: readonly string[] })[]
  readonly clientCertificates: 'none' | 'optional' | 'required'
  /** Path of the PEM file of who signs client certificates. */
  readonly ca: string | undefined
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3'
}

export interface UpstreamSettings {
  readonly name: string
  /** As `new Upstream()` takes them; `pool` has what the configuration says. */
  readonly options: Pick<
    UpstreamOptions,
    'endpoints' | 'balance' | 'outlier' | 'panicRatio' | 'slowStartMs' | 'zone'
  > & {
    readonly pool: PoolSettings
  }
  /** What `options.endpoints` looks up, if it is no list: two sources of endpoints cannot be compared, this can. */
  readonly discovery: DiscoverySettings | undefined
  /** Over all endpoints and all workers. */
  readonly maxSize: number
  readonly minSize: number
  /** A PROXY header of this version is the first thing a backend connection is sent (`tcp` only, without TLS). */
  readonly proxyProtocol: 'v1' | 'v2' | undefined
  /** Retries in parts of requests, over 10 s. Default 0.1. */
  readonly retryBudgetRatio: number
  /** How many requests `pause` holds. Default 10 000. */
  readonly maxPaused: number
}

/** What a configuration can say of a pool: no code. */
export type PoolSettings = Omit<PoolOptions, 'endpoint' | 'dial' | 'closeConnection' | 'onConnect' | 'reset' | 'probe'>

export interface DiscoverySettings {
  readonly dns: string
  readonly type: 'A' | 'AAAA' | 'SRV'
  /** Undefined with `SRV`, whose records have their own. */
  readonly port: number | undefined
  readonly refreshMs: number
  /** To every endpoint that is found; undefined: none. */
  readonly tls: ConnectionOptions | undefined
}

export interface AdminSettings {
  readonly listen: { readonly host: string; readonly port: number }
  /** Needed on any address that is not loopback. */
  readonly token: Secret | undefined
  /** Asked for by name: then a port that is taken is an error; a default port that is taken is replaced by a free one. */
  readonly isAskedFor: boolean
}

/** Beyond `refuseAt…` new clients are refused; beyond `stopAt…` nothing is accepted. Infinity: not watched. */
export interface MonitorSettings {
  readonly eventLoopDelay: Threshold
  readonly heapBytes: Threshold
  readonly rssBytes: Threshold
  /** Parts of the process's limit of file descriptors. */
  readonly fdRatio: Threshold
}

export interface Threshold {
  readonly refuseAt: number
  readonly stopAt: number
}

export interface LogSettings {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** The part of sessions that get an access-log line, from 0 to 1. Ends by error are always logged. Default 0. */
  readonly accessRatio: number
}
