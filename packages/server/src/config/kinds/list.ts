import * as v from 'valibot'

import { passOn } from './complaints.ts'
import type { Kind } from './kind.ts'

/** A list of at least `least` values of one kind. `things` is what they are called. */
export function list<T>(of: Kind<T>, things: string, least = 0): Kind<readonly T[]> {
  const says = least === 0 ? `must be a list of ${things}` : `must be a list of ${things}, at least ${least}`
  const inside = v.array(of, says)
  return v.pipe(
    v.unknown(),
    v.rawTransform<unknown, readonly T[]>(({ dataset, addIssue, NEVER }) => {
      const { success, output, issues } = v.safeParse(inside, dataset.value)
      if (success && output.length >= least) return output
      if (success) addIssue({ message: says })
      else for (const issue of issues) addIssue(passOn(issue))
      return NEVER
    }),
    v.metadata({ list: { of, least } }),
  )
}
