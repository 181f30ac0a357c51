/**
 * What makes two endpoints one: the same host and port or path, and the same TLS options. The canonical text does not
 * tell, since it holds no TLS options; and a connection that was opened with the certificate of one user must never be
 * lent to another.
 */
import { createHash } from 'node:crypto'

import type { Endpoint } from '../endpoint.ts'
import { isPlain } from '../options/kind-rules.ts'
import { DEEPEST } from './tls-options.ts'

/** Numbers for what can only be compared by being the same object: functions, contexts. */
const numbers = new WeakMap<object, number>()
let lastNumber = 0

/**
 * The same text for the same endpoint, another for every other. TLS options are in it as a hash only: they may be keys.
 *
 * Options are compared by value, the bytes of keys and certificates too; functions and objects of a class, as a
 * `secureContext`, by being the same one.
 */
export function identityOf({ kind, text, tls }: Pick<Endpoint, 'kind' | 'text' | 'tls'>): string {
  if (tls === undefined) return text
  const options = describeFields(tls, DEEPEST)
  const address = kind === 'unix' ? `tls+${text}` : text
  return options === '' ? address : `${address} ${createHash('sha256').update(options).digest('base64url')}`
}

/** Fields in the order of their names; one that is undefined is none. */
function describeFields(fields: object, deepest: number): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${JSON.stringify(name)}:${describe(value, deepest)}`)
    .join(',')
}

function describe(value: unknown, deepest: number): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'function') return `#${numberOf(value)}`
  if (typeof value !== 'object' || value === null) return `${typeof value} ${String(value)}`
  if (ArrayBuffer.isView(value)) return describeBytes(value)
  if (deepest > 0 && Array.isArray(value)) return `[${value.map((item) => describe(item, deepest - 1)).join(',')}]`
  return deepest > 0 && isPlain(value) ? `{${describeFields(value, deepest - 1)}}` : `#${numberOf(value)}`
}

function describeBytes({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return `bytes ${Buffer.from(buffer, byteOffset, byteLength).toString('base64')}`
}

function numberOf(thing: object): number {
  const known = numbers.get(thing)
  if (known !== undefined) return known
  numbers.set(thing, ++lastNumber)
  return lastNumber
}
