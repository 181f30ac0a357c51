import * as v from 'valibot'

import type { Kind } from './kind.ts'

/** What may be left out. The default is what somebody could have written: it is read as that. */
export function optional<T>(of: Kind<T>): Kind<T | undefined> {
  return v.optional(of)
}

export function withDefault<T>(of: Kind<T>, written: string | number | boolean | object): Kind<T> {
  return v.optional(of, () => written)
}
