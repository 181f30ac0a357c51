import type { SrvRecord } from 'node:dns'
import { isIP } from 'node:net'
import type { ConnectionOptions } from 'node:tls'

import type { Clock } from '../../clock.ts'
import { isNameOrIPv4 } from '../../endpoint/host.ts'
import { copyTlsOptions } from '../../endpoint/tls-options.ts'
import { requireUsableTls } from '../../endpoint/usable-tls.ts'
import { FUNCTION, oneOf, withMethods } from '../../options/kind-rules.ts'
import { FINITE_DURATION, PORT } from '../../options/number-rules.ts'
import { readOptions, type Rules } from '../../options/read-options.ts'
import { brokenRule, requireRule, type Rule } from '../../options/rule.ts'

/** What is asked of a resolver; `dns.promises` and its `Resolver` are such. Only the method its type needs is called. */
export interface DnsResolver {
  resolve4?(name: string): Promise<readonly string[]>
  resolve6?(name: string): Promise<readonly string[]>
  resolveSrv?(name: string): Promise<readonly SrvRecord[]>
}

/** What `dnsDiscovery` looks up, and how often. Durations are milliseconds; names that do not exist are refused. */
export interface DnsDiscoveryOptions {
  /**
   * Which records name the endpoints: `'A'` (IPv4 addresses), `'AAAA'` (IPv6 addresses), or `'SRV'` (host names with
   * port, weight and priority).
   */
  readonly type: 'A' | 'AAAA' | 'SRV'
  /** The port of every address, from 1 to 65535: needed with `'A'` and `'AAAA'`, refused with `'SRV'`, which has its own. */
  readonly port?: number
  /**
   * How long after an answer it is looked up again, in milliseconds, give or take a tenth at random; more than 0 and less
   * than 2³¹. What time to live the records have makes no difference.
   *
   * @default 30_000
   */
  readonly refreshMs?: number
  /**
   * Asks the name servers: `dns.promises`, a `dns.promises.Resolver` of yours, or any object with the one method that is
   * needed (`resolve4`, `resolve6`, `resolveSrv`).
   *
   * @default a `dns.promises.Resolver` for each watch, with the servers of the system
   */
  readonly resolver?: DnsResolver
  /**
   * `true` for TLS with defaults, or options for `tls.connect`, for every endpoint. Without `servername` it is the name
   * that is looked up, for `'SRV'` without the `_service._proto.` before it: the name you asked for is what certificates
   * are checked against, not what DNS answers.
   *
   * @default false
   */
  readonly tls?: boolean | ConnectionOptions
  /** Where time comes from, for tests. See {@link Clock}. @default the system's monotonic clock */
  readonly clock?: Clock
  /** Where randomness comes from, for tests: numbers from 0 up to, but not including, 1. @default Math.random */
  readonly random?: () => number
}

/** The options after checking. */
export interface ResolvedDnsOptions {
  readonly name: string
  readonly type: 'A' | 'AAAA' | 'SRV'
  /** 0 with `'SRV'`, whose records have their own. */
  readonly port: number
  readonly refreshMs: number
  readonly resolver: DnsResolver | undefined
  readonly tls: ConnectionOptions | undefined
  readonly clock: Clock | undefined
  readonly random: () => number
}

export const METHODS = { A: 'resolve4', AAAA: 'resolve6', SRV: 'resolveSrv' } as const

const DEFAULT_REFRESH_MS = 30_000

const DNS_NAME: Rule = {
  says: "a name that DNS knows, as 'redis.internal' or '_redis._tcp.internal'",
  allows: (value) => typeof value === 'string' && isIP(value) === 0 && isNameOrIPv4(value),
}

/** Checked where its message hides what may be secret. */
const ANY: Rule = { says: 'anything', allows: () => true }

const RULES: Rules<DnsDiscoveryOptions> = {
  type: oneOf('A', 'AAAA', 'SRV'),
  port: PORT,
  refreshMs: FINITE_DURATION,
  resolver: { says: 'an object that resolves names', allows: (value) => typeof value === 'object' && value !== null },
  tls: ANY,
  clock: withMethods('now', 'wakeAt'),
  random: FUNCTION,
}

/** Checks what `dnsDiscovery` is given; throws `INVALID_OPTIONS` at the first thing that is wrong. */
export function resolveDnsOptions(name: string, given: DnsDiscoveryOptions): ResolvedDnsOptions {
  requireRule('name', name, DNS_NAME)
  const options = readOptions(given, RULES)
  const { type, refreshMs = DEFAULT_REFRESH_MS, resolver, clock, random = Math.random } = options
  if (type === undefined) throw brokenRule('type', RULES.type.says, type)
  const port = portFor(type, options.port)
  if (resolver !== undefined) requireRule('resolver', resolver, withMethods(METHODS[type]))
  return Object.freeze({ name, type, port, refreshMs, resolver, tls: usableTls(options.tls, name), clock, random })
}

function portFor(type: DnsDiscoveryOptions['type'], port: number | undefined): number {
  if (type === 'SRV' && port !== undefined) throw brokenRule('port', `absent with type 'SRV'`, port)
  if (type !== 'SRV' && port === undefined) throw brokenRule('port', `${PORT.says}, with type '${type}'`, port)
  return port ?? 0
}

/** Tried out here, so that a broken key is found now and not by the first answer. */
function usableTls(given: boolean | ConnectionOptions | undefined, name: string): ConnectionOptions | undefined {
  const tls = copyTlsOptions('tls', given)
  if (tls === undefined) return undefined
  const named = Object.freeze({ ...tls, servername: tls.servername ?? serverName(name) })
  requireUsableTls('tls', named)
  return named
}

/** The name certificates are for: `example.com` of `_redis._tcp.example.com.` */
function serverName(name: string): string {
  return name.replace(/^(?:_[^.]+\.)+/, '').replace(/\.$/, '')
}
