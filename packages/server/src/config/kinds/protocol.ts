import { BUILT_IN_PROTOCOLS, builtInProtocol, type BuiltInProtocolName } from '../../protocols/built-in.ts'
import { ProtocolOptionError } from '../../protocols/protocol-options.ts'
import type { Protocol } from '../../protocols/protocol.ts'
import { quoted } from '../source/describe.ts'
import { nearestKey } from '../source/nearest-key.ts'
import { plainOf } from '../source/written.ts'
import { isMapping } from './is-mapping.ts'
import { kind, type Kind, Unfit } from './kind.ts'

const NAMES = BUILT_IN_PROTOCOLS.join(', ')

/** The same words make the same protocol, so that a reload sees that nothing has changed. */
const made = new Map<string, Protocol>()

/** A protocol by its name, by its name and options, or one of a program's own. */
export const PROTOCOL: Kind<Protocol> = kind<Protocol>({
  says: `one of ${NAMES}, or a mapping with its name and options`,
  read: (given) => {
    if (typeof given === 'string') return named(given, {})
    if (isMeantAsOwn(given)) return ownProtocol(given)
    return isMapping(given) ? withOptions(given) : undefined
  },
  json: {
    anyOf: [
      { enum: BUILT_IN_PROTOCOLS },
      { type: 'object', required: ['name'], properties: { name: { enum: BUILT_IN_PROTOCOLS } } },
    ],
  },
})

const METHODS = ['requests', 'replies', 'payload', 'frame', 'refusal'] as const

/** Asks: has a program made this? A protocol of its own says how it shares connections; in a file nothing does. */
function isMeantAsOwn(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null && 'pooling' in given && typeof given.pooling === 'string'
}

function ownProtocol(given: Readonly<Record<string, unknown>>): Protocol | Unfit {
  const { name, pooling } = given
  if (typeof name !== 'string' || name === '') return new Unfit('must have a name, as a protocol of your own')
  if (pooling !== 'session' && pooling !== 'exchange') {
    return new Unfit("must have pooling 'exchange', or 'session' if it knows no requests, as a protocol of your own")
  }
  const missing = pooling === 'session' ? [] : METHODS.filter((method) => typeof given[method] !== 'function')
  if (missing.length === 0) return given as unknown as Protocol
  return new Unfit(`must have ${missing.join(', ')}, which are functions, as a protocol of your own`)
}

function withOptions(given: Readonly<Record<string, unknown>>): Protocol | Unfit {
  const { name, ...options } = Object.fromEntries(Object.entries(given).map(([key, value]) => [key, plainOf(value)]))
  return typeof name === 'string' ? named(name, options) : new Unfit(`must have a name, one of ${NAMES}`)
}

function named(name: string, options: object): Protocol | Unfit {
  if (!isBuiltIn(name)) return new Unfit(unknownProtocol(name))
  try {
    const fresh = builtInProtocol(name, options)
    const words = JSON.stringify([name, options]) // of options that are right: they can be put in words
    const protocol = made.get(words) ?? fresh
    made.set(words, protocol)
    return protocol
  } catch (error) {
    if (!(error instanceof ProtocolOptionError)) throw error
    return wrongOption(error)
  }
}

/** Of "lines: maxBytes must be …, got 5" what is between: the rest is told by whoever knows the place. */
function wrongOption({ message, option: key }: ProtocolOptionError): Unfit {
  const rule = message.indexOf(' must ')
  if (rule === -1) return new Unfit(`is refused. ${message}`, { key, origin: 'key' })
  return new Unfit(message.slice(rule + 1).replace(/, got .*$/s, ''), { key, origin: 'value' })
}

function isBuiltIn(name: string): name is BuiltInProtocolName {
  return BUILT_IN_PROTOCOLS.some((known) => known === name)
}

function unknownProtocol(name: string): string {
  const nearest = nearestKey(name, BUILT_IN_PROTOCOLS)
  return `must be one of ${NAMES}${nearest === undefined ? '' : ` (${quoted(nearest)}?)`}`
}
