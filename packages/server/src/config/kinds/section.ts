import * as v from 'valibot'

import { passOn, unknownKey } from './complaints.ts'
import { isMapping } from './is-mapping.ts'
import type { Kind } from './kind.ts'

/** The keys of a section and what each must be. */
export type Entries<T> = { readonly [Key in keyof T]-?: Kind<T[Key]> }

/** What each key is for, in a sentence: editors show it. */
export type About<T> = Readonly<Record<keyof T, string>>

/** A mapping with known keys; every other is refused, with the known one that is nearest. */
export function section<T extends object>(entries: Entries<T>, about: About<T>): Kind<T> {
  const known = Object.keys(entries)
  const inside = v.object(entries as v.ObjectEntries, 'must be given')
  return v.pipe(
    v.unknown(),
    v.rawTransform<unknown, T>(({ dataset, addIssue, NEVER }) => {
      const { value: given } = dataset
      if (!isMapping(given)) {
        addIssue({ message: `must be a mapping of keys to values, as ${known.slice(0, 3).join(', ')}` })
        return NEVER
      }
      for (const key of Object.keys(given)) {
        if (!known.includes(key)) addIssue(unknownKey(given, key, known))
      }
      const { success, output, issues } = v.safeParse(inside, given)
      if (success) return output as T
      for (const issue of issues) addIssue(passOn(issue))
      return NEVER
    }),
    v.metadata({ section: { entries, about } }),
  )
}
