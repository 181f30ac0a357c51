import { copyEndpoint, type Endpoint, type EndpointLike, parseEndpoint } from '../../endpoint.ts'
import { identityOf } from '../../endpoint/identity.ts'
import { BOOLEAN, isObject, NAME } from '../../options/kind-rules.ts'
import { COUNT_OR_ZERO } from '../../options/number-rules.ts'
import { readOption, readOptions, type Rules } from '../../options/read-options.ts'
import { invalidOptions, requireRule, type Rule } from '../../options/rule.ts'
import type { EndpointSet, UpstreamEndpoint } from './discovery.ts'

/** One endpoint of an upstream after checking: every default filled in. */
export interface ResolvedEndpoint {
  readonly endpoint: Endpoint
  /** As it was given, in a frozen copy, for the pool that is made of it. */
  readonly given: EndpointLike
  /** The same for two endpoints only if a connection to one may be used for the other; the text alone does not tell. */
  readonly identity: string
  readonly weight: number
  readonly priority: number
  readonly zone: string | undefined
}

const STRING_OR_OBJECT: Rule = {
  says: 'a string or an object',
  allows: (value) => typeof value === 'string' || isObject(value),
}

const LIST: Rule = { says: 'a list of endpoints', allows: (value) => Array.isArray(value) }

/** What is inside is checked by `parseEndpoint`. */
const ANY: Rule = { says: 'anything', allows: () => true }

const WEIGHT: Rule = {
  says: 'a number, more than 0 and finite',
  allows: (value) => typeof value === 'number' && value > 0 && value < Infinity,
}

const RULES: Rules<UpstreamEndpoint> = {
  endpoint: ANY,
  weight: WEIGHT,
  backup: BOOLEAN,
  priority: COUNT_OR_ZERO,
  zone: NAME,
}

/** Names only an endpoint itself has, written without what is known of it. */
const ENDPOINT_NAMES = ['host', 'port', 'path', 'tls'] as const

/**
 * The endpoints of a list, checked one by one. Throws `INVALID_OPTIONS`, naming the place in the list, at the first that
 * is wrong or stands there twice, and for a list without any.
 */
export function readEndpoints(given: EndpointSet, option = 'endpoints'): readonly ResolvedEndpoint[] {
  requireRule(option, given, LIST)
  if (given.length === 0) throw invalidOptions(`${option} must have at least one endpoint; got none`)
  const read = Array.from(given, (item, index) => readItem(item, `${option}[${index}]`))
  refuseDuplicates(read, option)
  return read
}

function readItem(item: EndpointLike | UpstreamEndpoint, option: string): ResolvedEndpoint {
  requireRule(option, item, STRING_OR_OBJECT)
  if (isEndpointLike(item, option)) return resolved({ endpoint: item }, option)
  const known = readOptions(item, RULES, option)
  if (known.endpoint === undefined) throw invalidOptions(`${option}.endpoint must be given; got undefined`)
  if (known.backup !== undefined && known.priority !== undefined) throw bothGiven(option)
  return resolved({ ...known, endpoint: known.endpoint }, `${option}.endpoint`)
}

function isEndpointLike(item: EndpointLike | UpstreamEndpoint, option: string): item is EndpointLike {
  if (typeof item === 'string') return true
  if (isGivenIn(item, 'endpoint', option)) return false
  return ENDPOINT_NAMES.some((name) => isGivenIn(item, name, option))
}

function isGivenIn(item: object, name: string, option: string): boolean {
  return readOption(item as Record<string, unknown>, name, `${option}.${name}`) !== undefined
}

function resolved(known: UpstreamEndpoint, option: string): ResolvedEndpoint {
  const { weight = 1, backup = false, priority = backup ? 1 : 0, zone } = known
  const given = copyEndpoint(known.endpoint, option)
  const endpoint = parseEndpoint(given, option)
  return Object.freeze({ endpoint, given, identity: identityOf(endpoint), weight, priority, zone })
}

/** By their text, since that is what metrics, events and balancers call them. */
function refuseDuplicates(read: readonly ResolvedEndpoint[], option: string): void {
  const places = new Map<string, number>()
  for (const [index, { endpoint }] of read.entries()) {
    const before = places.get(endpoint.text)
    if (before !== undefined) throw isRepeated(`${option}[${index}]`, `${option}[${before}]`, endpoint.text)
    places.set(endpoint.text, index)
  }
}

function isRepeated(option: string, before: string, text: string): Error {
  return invalidOptions(`${option} must not be ${before} again; got ${text}`)
}

function bothGiven(option: string): Error {
  return invalidOptions(`${option} must not have backup and priority both: backup is priority 1`)
}
