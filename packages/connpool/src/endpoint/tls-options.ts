import type { ConnectionOptions } from 'node:tls'

import { describeKind } from '../options/describe-value.ts'
import { isObject } from '../options/kind-rules.ts'
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

/** TLS with Node's defaults. */
export const DEFAULT_TLS: ConnectionOptions = Object.freeze({})

/**
 * A frozen copy, so that neither the caller nor one dial can change what later dials use; undefined for no TLS.
 * Buffers and contexts inside are not copied. No message ever shows a value from here: they may be keys.
 */
export function copyTlsOptions(option: string, given: unknown): ConnectionOptions | undefined {
  if (given === undefined || given === false) return undefined
  if (given === true) return DEFAULT_TLS
  requireTlsObject(option, given)
  const copy: Record<string, unknown> = {}
  for (const name of givenNames(given, option)) {
    requireTlsName(option, name)
    copy[name] = copyList(readOption(given, name, `${option}.${name}`))
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

function copyList(value: unknown): unknown {
  return Array.isArray(value) ? Object.freeze([...(value as unknown[])]) : value
}
