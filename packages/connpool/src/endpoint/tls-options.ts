import type { ConnectionOptions } from 'node:tls'

import { describeKind } from '../options/describe-value.ts'
import { isObject, isPlain } from '../options/kind-rules.ts'
import { givenNames, readOption } from '../options/read-options.ts'
import { invalidOptions } from '../options/rule.ts'

/** Names no TLS option has; copied carelessly, they would change the copy's prototype. */
const HOSTILE: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** What the endpoint says already, or the pool needs for itself; here it would contradict one of them. */
const NOT_FOR_TLS: ReadonlySet<string> = new Set([
  'host',
  'port',
  'path',
  'socket',
  'onread',
  'signal',
  'allowHalfOpen',
  'keepAlive',
  'keepAliveInitialDelay',
  'noDelay',
])

/** Options are lists, of objects at most; what is deeper than that is neither copied nor compared by value. */
export const DEEPEST = 2

/** TLS with Node's defaults. */
export const DEFAULT_TLS: ConnectionOptions = Object.freeze({})

/**
 * A frozen copy, so that neither the caller nor one dial can change what later dials use; undefined for no TLS. Keys and
 * certificates are copied with it; objects of a class, as a context, are not. No message ever shows a value from here:
 * they may be keys.
 */
export function copyTlsOptions(option: string, given: unknown): ConnectionOptions | undefined {
  if (given === undefined || given === false) return undefined
  if (given === true) return DEFAULT_TLS
  requireTlsObject(option, given)
  const copy: Record<string, unknown> = {}
  for (const name of givenNames(given, option)) {
    requireTlsName(option, name)
    copy[name] = copyValue(readOption(given, name, `${option}.${name}`), DEEPEST)
  }
  return Object.freeze(copy)
}

function requireTlsObject(option: string, given: unknown): asserts given is Readonly<Record<string, unknown>> {
  if (isObject(given)) return
  throw invalidOptions(
    `${option} must be true, false or an object of options for tls.connect; got ${describeKind(given)}`,
  )
}

function requireTlsName(option: string, name: string): void {
  if (HOSTILE.has(name)) throw invalidOptions(`unknown option ${option}.${name}`)
  if (!NOT_FOR_TLS.has(name)) return
  throw invalidOptions(`${option}.${name} must be absent: the endpoint or the pool sets it; got a value`)
}

/** Lists, bytes, and what `key` and `pfx` take: lists of `{ pem, passphrase }`. */
function copyValue(value: unknown, deepest: number): unknown {
  if (ArrayBuffer.isView(value)) return copyBytes(value)
  if (deepest === 0) return value
  if (Array.isArray(value)) return Object.freeze(value.map((item) => copyValue(item, deepest - 1)))
  return isPlain(value) ? copyFields(value, deepest - 1) : value
}

function copyFields(fields: object, deepest: number): object {
  return Object.freeze(
    Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, copyValue(value, deepest)])),
  )
}

function copyBytes({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(Buffer.from(buffer, byteOffset, byteLength))
}
