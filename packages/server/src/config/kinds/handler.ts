import type { Handler } from '../../handler.ts'
import { kind, type Kind } from './kind.ts'

/** A function of a program; a file cannot hold one. */
export const HANDLER: Kind<Handler> = kind({
  says: 'a function (which only a program can give)',
  read: (given) => (typeof given === 'function' ? (given as Handler) : undefined),
  json: { not: {} },
})
