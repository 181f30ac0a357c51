import { lengthPrefixed } from './length-prefixed.ts'
import { lines } from './lines.ts'
import { memcached } from './memcached.ts'
import type { Protocol } from './protocol.ts'
import { checkOptions } from './protocol-options.ts'
import { redis } from './redis.ts'
import { tcp } from './tcp.ts'

/** A protocol that a configuration can name. */
export type BuiltInProtocolName = 'tcp' | 'lines' | 'length-prefixed' | 'redis' | 'memcached'

const FACTORIES: Readonly<Record<BuiltInProtocolName, (options: object) => Protocol>> = {
  tcp,
  lines,
  'length-prefixed': lengthPrefixed,
  redis: withoutOptions('redis', redis),
  memcached: withoutOptions('memcached', memcached),
}

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

function withoutOptions(name: string, make: () => Protocol): (options: object) => Protocol {
  return (options) => {
    checkOptions(name, options, {})
    return make()
  }
}
