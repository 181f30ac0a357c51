/**
 * What callers pass to a running pool, checked. `checkAcquireOptions` is on the hot path: it allocates nothing unless it
 * has something to complain about, and asks the usual questions itself instead of through `requireRule`.
 */
import { PoolError } from '../errors.ts'
import { isObject, SIGNAL, TEXT } from '../options/kind-rules.ts'
import { COUNT, COUNT_OR_ZERO, countUpTo, DURATION_OR_ZERO_OR_INFINITY } from '../options/number-rules.ts'
import { isGiven, readOptions, unknownOption } from '../options/read-options.ts'
import { brokenRule, invalidOptions, requireRule } from '../options/rule.ts'
import { requireOrder, type Sizes } from './check-sizes.ts'
import { DEFAULT_GRACE_MS } from './default-options.ts'
import type { AcquireOptions } from './pool-options.ts'

const TIMEOUT = DURATION_OR_ZERO_OR_INFINITY

const ACQUIRE_NAMES: readonly (keyof AcquireOptions)[] = Object.freeze(['signal', 'timeoutMs', 'affinityKey'])

/** Throws unless these can be the options of an acquire. */
export function checkAcquireOptions(options: AcquireOptions | undefined): void {
  if (options === undefined) return
  try {
    checkEach(options)
  } catch (error) {
    throw error instanceof PoolError ? error : invalidOptions('options must be readable; reading them threw', error)
  }
}

/** The limits after a `resize`. What is not given stays as it is. */
export function checkLimits(given: Partial<Sizes>, current: Sizes): Sizes {
  const limits = readOptions(given, { minSize: COUNT_OR_ZERO, maxSize: COUNT })
  const sizes = { minSize: current.minSize, maxSize: current.maxSize, ...limits }
  requireOrder(sizes, limits, 'as it is now')
  return sizes
}

/** The limit of a `resize` that has no other. */
export function checkMaxSize(given: Pick<Sizes, 'maxSize'>): number {
  const { maxSize } = readOptions(given, { maxSize: COUNT })
  if (maxSize === undefined) throw brokenRule('maxSize', COUNT.says, maxSize)
  return maxSize
}

/** Throws unless `warm` can open that many. */
export function checkCount(count: number, maxSize: number): void {
  requireRule('count', count, countUpTo(maxSize, 'maxSize'))
}

/** Throws unless these can be the options of `ready` or `warm`: a signal or nothing. */
export function checkSignalOption(options: { readonly signal?: AbortSignal | undefined } | undefined): void {
  if (options !== undefined) readOptions(options, { signal: SIGNAL })
}

/** How long a `close` waits for leases, in milliseconds. */
export function checkGraceMs(options: { readonly graceMs?: number } | undefined): number {
  if (options === undefined) return DEFAULT_GRACE_MS
  return readOptions(options, { graceMs: DURATION_OR_ZERO_OR_INFINITY }).graceMs ?? DEFAULT_GRACE_MS
}

function checkEach(options: AcquireOptions): void {
  if (!isObject(options)) throw brokenRule('options', 'an object, as { timeoutMs: 500 }', options)
  for (const name in options) if (!isAcquireName(name)) refuseUnlessInherited(options, name)
  const { signal, timeoutMs, affinityKey } = options
  if (timeoutMs !== undefined && !TIMEOUT.allows(timeoutMs)) throw brokenRule('timeoutMs', TIMEOUT.says, timeoutMs)
  if (signal !== undefined && !(signal instanceof AbortSignal)) requireRule('signal', signal, SIGNAL)
  if (affinityKey !== undefined) requireRule('affinityKey', affinityKey, TEXT)
}

function isAcquireName(name: string): boolean {
  return name === 'signal' || name === 'timeoutMs' || name === 'affinityKey'
}

/** `for in` also sees what somebody put on `Object.prototype`; that is not the caller's doing. */
function refuseUnlessInherited(options: object, name: string): void {
  if (isGiven(options, name)) throw unknownOption(name, ACQUIRE_NAMES, '')
}
