import * as v from 'valibot'

import { passOn } from './complaints.ts'
import { isMapping } from './is-mapping.ts'
import type { Kind } from './kind.ts'

/** A mapping of one kind or something simpler of another: what it looks like decides whose errors are told. */
export function mappingOr<M, S>(mapping: Kind<M>, simple: Kind<S>): Kind<M | S> {
  return v.pipe(
    v.unknown(),
    v.rawTransform<unknown, M | S>(({ dataset, addIssue, NEVER }) => {
      const chosen: Kind<M | S> = isMapping(dataset.value) ? mapping : simple
      const { success, output, issues } = v.safeParse(chosen, dataset.value)
      if (success) return output
      for (const issue of issues) addIssue(passOn(issue))
      return NEVER
    }),
    v.metadata({ either: [simple, mapping] }),
  )
}
