import * as v from 'valibot'

import type { Handler } from '../../handler.ts'
import { kind, type Kind } from './kind.ts'
import { COUNT } from './numbers.ts'

/** A function of a program; a file cannot hold one. */
export const HANDLER: Kind<Handler> = kind({
  says: 'a function (which only a program can give)',
  read: (given) => (typeof given === 'function' ? (given as Handler) : undefined),
  json: { not: {} },
})

/** How many handlers run at once: of no use in a file either. */
export const CONCURRENCY: Kind<number> = v.pipe(COUNT, v.metadata({ json: { not: {} } }))
