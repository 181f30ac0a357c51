import { inspect } from 'node:util'

/** What was thrown, as an error that can be a cause. Anything can be thrown, even what `String()` cannot print. */
export function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown
  return new Error(typeof thrown === 'string' ? thrown : inspect(thrown), { cause: thrown })
}
