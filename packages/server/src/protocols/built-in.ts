import { lines } from './lines.ts'
import type { Protocol } from './protocol.ts'
import { tcp } from './tcp.ts'

/** A protocol that a configuration can name. */
export type BuiltInProtocolName = 'tcp' | 'lines'

const FACTORIES: Readonly<Record<BuiltInProtocolName, (options: object) => Protocol>> = { tcp, lines }

/** All of them. */
export const BUILT_IN_PROTOCOLS: readonly BuiltInProtocolName[] = Object.keys(FACTORIES) as BuiltInProtocolName[]

/**
 * The protocol of this name. The options are checked, so they may come from a file.
 *
 * @throws ProtocolOptionError naming the option that is unknown or wrong.
 */
export function builtInProtocol(name: BuiltInProtocolName, options: object = {}): Protocol {
  return FACTORIES[name](options)
}
