/** What the answers of name servers mean: pure functions from records to endpoints. */
import type { SrvRecord } from 'node:dns'
import { isIPv4, isIPv6 } from 'node:net'
import type { ConnectionOptions } from 'node:tls'

import type { EndpointObject } from '../../endpoint.ts'
import { HOST } from '../../endpoint/host.ts'
import { OBJECT } from '../../options/kind-rules.ts'
import { PORT } from '../../options/number-rules.ts'
import { invalidOptions, requireRule, type Rule } from '../../options/rule.ts'
import type { UpstreamEndpoint } from './discovery.ts'
import type { ResolvedDnsOptions } from './dns-options.ts'

/**
 * RFC 2782 gives a record of weight 0 "a very small chance"; our weights are more than 0. Beside others this is at most
 * a hundredth of theirs; where all records have weight 0, all have the same chance.
 */
const WEIGHT_OF_ZERO = 0.01

const UINT16: Rule = {
  says: 'a whole number from 0 to 65535',
  allows: (value) => typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65_535,
}

const IPV4: Rule = { says: 'an IPv4 address', allows: (value) => typeof value === 'string' && isIPv4(value) }

const IPV6: Rule = { says: 'an IPv6 address', allows: (value) => typeof value === 'string' && isIPv6(value) }

const LIST: Rule = { says: 'a list of records', allows: (value) => Array.isArray(value) }

/**
 * The endpoints that an answer names, in an order of their own: the same records always make the same list. Throws where
 * the answer cannot be used.
 */
export function endpointsOf(answer: unknown, options: ResolvedDnsOptions): readonly UpstreamEndpoint[] {
  const { name, type, tls } = options
  const what = `${type} record of ${name}`
  requireRule(`the answer for ${name}`, answer, LIST)
  const records = answer as readonly unknown[]
  if (records.length === 0) throw Object.assign(new Error(`there is no ${what}`), { code: 'ENODATA' })
  if (type === 'SRV') return srvEndpoints(records, what, tls)
  return addressEndpoints(records, what, options)
}

/** The same text for two lists only if they name the same endpoints, with the same weights and priorities. */
export function keyOf(set: readonly UpstreamEndpoint[]): string {
  return JSON.stringify(set, (name, value: unknown) => (name === 'tls' ? undefined : value))
}

function addressEndpoints(
  records: readonly unknown[],
  what: string,
  { type, port, tls }: ResolvedDnsOptions,
): UpstreamEndpoint[] {
  for (const record of records) requireRule(what, record, type === 'A' ? IPV4 : IPV6)
  const hosts = [...new Set(records as readonly string[])].toSorted()
  return hosts.map((host) => ({ endpoint: withTls({ host, port }, tls) }))
}

function srvEndpoints(
  records: readonly unknown[],
  what: string,
  tls: ConnectionOptions | undefined,
): UpstreamEndpoint[] {
  for (const record of records) requireSrv(record, what)
  const sorted = (records as readonly SrvRecord[]).toSorted(byPriority)
  const ranks = [...new Set(sorted.map(({ priority }) => priority))]
  return withoutRepeats(sorted).map(({ name, port, priority, weight }) => ({
    endpoint: withTls({ host: name, port }, tls),
    weight: weight === 0 ? WEIGHT_OF_ZERO : weight,
    priority: ranks.indexOf(priority),
  }))
}

function requireSrv(record: unknown, what: string): void {
  requireRule(what, record, OBJECT)
  const { name, port, priority, weight } = record as Partial<SrvRecord>
  if (name === '' || name === '.') throw notAvailable(what)
  requireRule(`the target in the ${what}`, name, HOST)
  requireRule(`the port in the ${what}`, port, PORT)
  requireRule(`the priority in the ${what}`, priority, UINT16)
  requireRule(`the weight in the ${what}`, weight, UINT16)
}

/** RFC 2782: the service is decidedly not available at this domain. */
function notAvailable(what: string): Error {
  return invalidOptions(`the ${what} says that there is no such service: its target is "."`)
}

function byPriority(one: SrvRecord, other: SrvRecord): number {
  const nearest = one.priority - other.priority || other.weight - one.weight
  return nearest || (placeOf(one) < placeOf(other) ? -1 : 1)
}

/** What is named twice counts where it has the better priority, or else the greater weight. */
function withoutRepeats(sorted: readonly SrvRecord[]): SrvRecord[] {
  const places = new Set<string>()
  return sorted.filter((record) => {
    const place = placeOf(record)
    const isNew = !places.has(place)
    places.add(place)
    return isNew
  })
}

function placeOf({ name, port }: SrvRecord): string {
  return `${name.toLowerCase()}:${port}`
}

function withTls(address: EndpointObject, tls: ConnectionOptions | undefined): EndpointObject {
  return tls === undefined ? address : { ...address, tls }
}
