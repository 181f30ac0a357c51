import type { ConnectionOptions } from 'node:tls'

import { type Discovery, dnsDiscovery, parseEndpoint, PoolError, type UpstreamOptions } from 'connpool'

import { libraryRefusal } from '../library-refusal.ts'
import type { DiscoveryEntry, EndpointEntry, UpstreamEntry } from '../schema/upstream-section.ts'
import type { DiscoverySettings, UpstreamSettings } from '../settings.ts'
import { backendTls } from './backend-tls.ts'
import { upstreamEndpoint } from './endpoints.ts'
import type { Place } from './place.ts'
import { outlierOptionsOf, poolOptionsOf } from './pool-options.ts'

/** Any endpoint will do where those of an upstream are still to be discovered. */
const ANY_ENDPOINT = 'localhost:1'

/** The settings of one upstream. What is wrong with it is told at `place`. */
export function upstreamSettings(name: string, entry: UpstreamEntry, place: Place): UpstreamSettings {
  const tls = entry.tls === undefined ? undefined : backendTls(entry.tls, place.in('tls'))
  const options = { ...upstreamOptions(entry), endpoints: endpointsOf(entry, tls, place) }
  checkSizes(entry, place)
  checkProxyProtocol(entry, place)
  checkByLibrary(entry, options, place)
  const { proxyProtocol, retryBudget, maxPaused, pool } = entry
  const count = entry.endpoints?.length ?? 1
  return {
    name,
    options,
    discovery: entry.discovery === undefined ? undefined : discoverySettings(entry.discovery, tls),
    maxSize: entry.maxSize ?? count * pool.maxSize,
    minSize: count * pool.minSize,
    proxyProtocol,
    retryBudgetRatio: retryBudget,
    maxPaused,
  }
}

function upstreamOptions(entry: UpstreamEntry): Omit<UpstreamSettings['options'], 'endpoints'> {
  const { balance, outlier, panicRatio, slowStart, zone, pool } = entry
  return {
    ...(balance !== undefined && { balance }),
    ...(outlier !== undefined && { outlier: outlierOptionsOf(outlier) }),
    ...(panicRatio !== undefined && { panicRatio }),
    ...(slowStart !== undefined && { slowStartMs: slowStart }),
    ...(zone !== undefined && { zone }),
    pool: poolOptionsOf(pool),
  }
}

function endpointsOf(
  { endpoints, discovery }: UpstreamEntry,
  tls: ConnectionOptions | undefined,
  place: Place,
): UpstreamOptions['endpoints'] {
  if ((endpoints === undefined) === (discovery === undefined)) {
    place.refuseKey('must have endpoints or discovery, and not both')
  }
  if (discovery !== undefined) return discover(discovery, tls, place.in('discovery')) ?? []
  return (endpoints ?? []).map((entry) => upstreamEndpoint(entry, tls))
}

function discover(
  { dns, type, port, refresh }: DiscoveryEntry,
  tls: ConnectionOptions | undefined,
  place: Place,
): Discovery | undefined {
  if (type === 'SRV' && port !== undefined) place.in('port').refuse('must be absent with SRV, whose records have ports')
  if (type !== 'SRV' && port === undefined) place.refuseKey(`must have a port: records of type ${type} have none`)
  try {
    return dnsDiscovery(dns, {
      type,
      refreshMs: refresh,
      ...(type !== 'SRV' && { port: port ?? 1 }),
      ...(tls !== undefined && { tls }),
    })
  } catch (error) {
    if (!(error instanceof PoolError)) throw error
    place.in('dns').refuse("must be a name that DNS knows, as 'redis.internal' or '_redis._tcp.internal'")
    return undefined
  }
}

function discoverySettings(
  { dns, type, port, refresh }: DiscoveryEntry,
  tls: ConnectionOptions | undefined,
): DiscoverySettings {
  return { dns, type, port, refreshMs: refresh, tls }
}

function checkSizes({ endpoints, discovery, maxSize, pool }: UpstreamEntry, place: Place): void {
  if (pool.minSize > pool.maxSize) place.in('pool', 'minSize').refuse(`must not exceed pool.maxSize, ${pool.maxSize}`)
  if (discovery !== undefined && maxSize === undefined) {
    place.refuseKey('must have a maxSize: discovery may find any number of endpoints')
  }
  const least = (endpoints?.length ?? 0) * pool.minSize
  if (maxSize !== undefined && maxSize < least) {
    place.in('maxSize').refuse(`must be at least pool.minSize for each of the endpoints, ${least}`)
  }
}

/** Whoever takes a PROXY header and speaks TLS wants the header first, and connections are opened before it is known for whom. */
function checkProxyProtocol({ proxyProtocol, tls, endpoints = [] }: UpstreamEntry, place: Place): void {
  if (proxyProtocol === undefined) return
  if (tls !== undefined || endpoints.some(isSecured)) {
    place.in('proxyProtocol').refuseKey('must be absent with TLS: a backend wants the header before the handshake')
  }
}

function isSecured(entry: string | EndpointEntry): boolean {
  return parseEndpoint(typeof entry === 'string' ? entry : entry.endpoint).tls !== undefined
}

/** The last word is the library's: what it refuses must not come up when the server starts. */
function checkByLibrary(entry: UpstreamEntry, options: UpstreamSettings['options'], place: Place): void {
  if (entry.discovery === undefined && entry.endpoints === undefined) return
  if (entry.pool.minSize > entry.pool.maxSize) return
  const endpoints = entry.discovery === undefined ? options.endpoints : [ANY_ENDPOINT]
  const refusal = libraryRefusal({ ...options, endpoints })
  if (refusal !== undefined) place.refuseKey(`cannot be used. ${ruleOf(refusal)}`)
}

/** In the words of a configuration, and without the value, which may be from the environment. */
function ruleOf(refusal: string): string {
  return refusal.replace(/; got .*$/s, '').replaceAll(/Ms\b/g, '')
}
