import { ConfigError } from '../config/config-error.ts'
import type { ConfigSource } from '../config/config-source.ts'
import { pathText, type PathStep } from '../config/problem.ts'

/**
 * A configuration for another process, without what workers have no use for.
 *
 * @throws ConfigError naming what of the program's own is in it: a handler, or a protocol. It is in this process only.
 */
export function sendableSource(source: ConfigSource): ConfigSource {
  if (!('config' in source)) return source
  const config = { ...source.config, admin: 'off' } as const
  const found = ownPart(config, [])
  if (found === undefined) return { config }
  const message =
    'must not be an object or a function of the program with more than one worker, which are processes of their own: ' +
    'set workers to 1'
  throw new ConfigError([{ path: pathText(found), message, position: undefined }])
}

/** Where the first thing is that cannot be copied. */
function ownPart(value: unknown, path: readonly PathStep[]): readonly PathStep[] | undefined {
  if (typeof value === 'function') return path
  if (typeof value !== 'object' || value === null) return undefined
  if (!isPlain(value)) return path
  for (const [key, part] of Object.entries(value)) {
    const found = ownPart(part, [...path, Array.isArray(value) ? Number(key) : key])
    if (found !== undefined) return isProtocol(value) ? path : found
  }
  return undefined
}

/** Then the whole is what is meant, not one of its methods. */
function isProtocol(value: object): boolean {
  return 'pooling' in value
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype || prototype === Array.prototype
}
