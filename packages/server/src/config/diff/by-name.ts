import { isDeepStrictEqual } from 'node:util'

/** Two lists of things with names, compared. */
export interface NamedDiff<T> {
  readonly added: readonly T[]
  readonly removed: readonly string[]
  /** Those that are in both and are not the same. */
  readonly changed: readonly { readonly before: T; readonly after: T }[]
}

export function diffByName<T extends { readonly name: string }>(
  before: readonly T[],
  after: readonly T[],
): NamedDiff<T> {
  const old = new Map(before.map((each) => [each.name, each]))
  const names = new Set(after.map(({ name }) => name))
  return {
    added: after.filter(({ name }) => !old.has(name)),
    removed: before.filter(({ name }) => !names.has(name)).map(({ name }) => name),
    changed: after.flatMap((each) => {
      const was = old.get(each.name)
      return was === undefined || isDeepStrictEqual(was, each) ? [] : [{ before: was, after: each }]
    }),
  }
}
