import type { PoolObserver } from '../observer.ts'
import { FUNCTION } from '../options/kind-rules.ts'
import { invalidOptions, requireRule } from '../options/rule.ts'

const METHODS: readonly (keyof PoolObserver)[] = Object.freeze([
  'acquired',
  'released',
  'dialed',
  'closed',
  'probed',
  'waiting',
  'refused',
  'leaked',
  'breaker',
])

/** Throws unless every method the observer has is a function. What else it holds is its own business. */
export function checkObserver(observer: PoolObserver | undefined): void {
  if (observer === undefined) return
  for (const name of METHODS) {
    const method = readMethod(observer, name)
    if (method !== undefined) requireRule(`observer.${name}`, method, FUNCTION)
  }
}

function readMethod(observer: PoolObserver, name: keyof PoolObserver): unknown {
  try {
    return observer[name]
  } catch (cause) {
    throw invalidOptions(`observer.${name} must be readable; reading it threw an error`, cause)
  }
}
