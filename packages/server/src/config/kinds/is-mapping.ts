import { Written } from '../source/written.ts'

/** Asks: are these keys and values somebody has written between braces? Objects of a class are not, whatever they hold. */
export function isMapping(given: unknown): given is Readonly<Record<string, unknown>> {
  if (typeof given !== 'object' || given === null || Array.isArray(given) || given instanceof Written) return false
  const prototype: unknown = Object.getPrototypeOf(given)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
