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
    if (isOwnProtocol(given)) return given
    return isMapping(given) ? withOptions(given) : undefined
  },
  json: {
    anyOf: [
      { enum: BUILT_IN_PROTOCOLS },
      { type: 'object', required: ['name'], properties: { name: { enum: BUILT_IN_PROTOCOLS } } },
    ],
  },
})

function isOwnProtocol(given: unknown): given is Protocol {
  if (typeof given !== 'object' || given === null || !('pooling' in given && 'name' in given)) return false
  if (typeof given.name !== 'string' || given.name === '') return false
  if (given.pooling === 'session') return true
  return given.pooling === 'exchange' && METHODS.every((name) => name in given && isFunction(given, name))
}

const METHODS = ['requests', 'replies', 'payload', 'frame', 'refusal'] as const

function isFunction(given: object, name: string): boolean {
  return typeof (given as Readonly<Record<string, unknown>>)[name] === 'function'
}

function withOptions(given: Readonly<Record<string, unknown>>): Protocol | Unfit {
  const { name, ...options } = Object.fromEntries(Object.entries(given).map(([key, value]) => [key, plainOf(value)]))
  return typeof name === 'string' ? named(name, options) : new Unfit(`must have a name, one of ${NAMES}`)
}

function named(name: string, options: object): Protocol | Unfit {
  if (!isBuiltIn(name)) return new Unfit(unknownProtocol(name))
  const words = JSON.stringify([name, options])
  try {
    const protocol = made.get(words) ?? builtInProtocol(name, options)
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
