import type { Rule } from './rule.ts'

export const OBJECT: Rule = { says: 'an object', allows: isObject }

export const FUNCTION: Rule = { says: 'a function', allows: (value) => typeof value === 'function' }

export const BOOLEAN: Rule = { says: 'true or false', allows: (value) => typeof value === 'boolean' }

export const TEXT: Rule = { says: 'a string', allows: (value) => typeof value === 'string' }

/** A name ends in logs and in metric labels. */
export const NAME: Rule = {
  says: 'a string that is not empty and has no control characters',
  allows: (value) => typeof value === 'string' && value !== '' && !/\p{Cc}/u.test(value),
}

/** Any object of the shape will do: signals of another realm or of a library are not instances of our class. */
export const SIGNAL: Rule = {
  says: 'an AbortSignal',
  allows: (value) =>
    isObject(value) &&
    typeof value['aborted'] === 'boolean' &&
    typeof value['addEventListener'] === 'function' &&
    typeof value['removeEventListener'] === 'function',
}

/** One of a few words. */
export function oneOf(...words: readonly string[]): Rule {
  return {
    says: words.map((word) => `'${word}'`).join(' or '),
    allows: (value) => typeof value === 'string' && words.includes(value),
  }
}

/** An object that can do what is asked of it, whatever its class. */
export function withMethods(...names: readonly string[]): Rule {
  return {
    says: `an object with ${names.map((name) => `${name}()`).join(' and ')}`,
    allows: (value) => isObject(value) && names.every((name) => typeof value[name] === 'function'),
  }
}

/** Whether a value is an object that could hold options: not null, not an array, not a function. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether a value is an object of no class: what somebody has written between braces. */
export function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (!isObject(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
