/**
 * A kind is what a value must be: it checks, and turns what people write into what the server runs by. It is a schema of
 * valibot's; beside it stands the JSON Schema that editors read.
 */
import * as v from 'valibot'

import type { Complaint } from './complaints.ts'
import { Written } from '../source/written.ts'

export type Kind<T> = v.GenericSchema<unknown, T>

/** A JSON Schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** The answer to a value that is not of the kind: what follows "the key". */
export class Unfit {
  readonly message: string
  /** The key inside the value that it is about, and whether the key itself is wrong; undefined: the value is. */
  readonly inside: { readonly key: string; readonly origin: 'key' | 'value' } | undefined

  constructor(message: string, inside?: Unfit['inside']) {
    this.message = message
    this.inside = inside
  }
}

export interface KindRule<T> {
  /** What follows "must be". */
  readonly says: string
  /** The value as the server wants it; undefined when it is not of this kind. `written` is there if a file says it. */
  readonly read: (given: unknown, written: Written | undefined) => T | Unfit | undefined
  readonly json: JsonSchema
}

/** A kind of single values. */
export function kind<T>({ says, read, json }: KindRule<T>): Kind<T> {
  return v.pipe(
    v.unknown(),
    v.rawTransform<unknown, T>(({ dataset, addIssue, NEVER }) => {
      const written = dataset.value instanceof Written ? dataset.value : undefined
      const value = readAs(read, dataset.value, written)
      if (value instanceof Unfit) addIssue(complaintOf(value, dataset.value))
      else if (value === undefined) addIssue({ message: `must be ${says}` })
      else return value
      return NEVER
    }),
    v.metadata({ json }),
  )
}

function readAs<T>(read: KindRule<T>['read'], given: unknown, written: Written | undefined): ReturnType<typeof read> {
  if (written === undefined) return read(given, undefined)
  return written.wrong === undefined ? read(written.value, written) : new Unfit(`must ${written.wrong}`)
}

function complaintOf({ message, inside }: Unfit, input: unknown): Complaint {
  return inside === undefined
    ? { message }
    : { message, path: [{ type: 'unknown', input, value: undefined, ...inside }] }
}
