import * as v from 'valibot'

import type { JsonSchema, Kind } from '../kinds/kind.ts'
import type { KindMetadata, ListMetadata, SectionMetadata } from '../kinds/metadata.ts'

/** Any value of a file may come from the environment. */
const ENVIRONMENT: JsonSchema = { $ref: '#/$defs/environment' }

/** What an editor is to know of a kind. */
export function jsonSchemaOf(of: Kind<unknown>): JsonSchema {
  const wrapped = wrappedIn(of)
  if (wrapped !== undefined) return { ...jsonSchemaOf(wrapped), ...defaultOf(of) }
  const { json, section, list, named, either }: KindMetadata = v.getMetadata(of)
  if (section !== undefined) return sectionSchema(section)
  if (list !== undefined) return listSchema(list)
  if (named !== undefined) return { type: 'object', additionalProperties: jsonSchemaOf(named) }
  if (either !== undefined) return { anyOf: either.map(jsonSchemaOf) }
  if (json !== undefined) return { anyOf: [json, ENVIRONMENT] }
  throw new Error('bug: a kind without metadata')
}

function listSchema({ of, least }: ListMetadata): JsonSchema {
  return { type: 'array', items: jsonSchemaOf(of), ...(least > 0 && { minItems: least }) }
}

function sectionSchema({ entries, about }: SectionMetadata): JsonSchema {
  const inFiles = Object.entries(entries).filter(([, of]) => !isOnlyForPrograms(of))
  const properties = inFiles.map(([key, of]) => [key, { description: about[key], ...jsonSchemaOf(of) }] as const)
  const required = inFiles.filter(([, of]) => wrappedIn(of) === undefined).map(([key]) => key)
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(properties),
    ...(required.length > 0 && { required }),
  }
}

/** The kind that may be left out, if it may. */
function wrappedIn(of: Kind<unknown>): Kind<unknown> | undefined {
  return of.type === 'optional' ? (of as v.OptionalSchema<Kind<unknown>, unknown>).wrapped : undefined
}

/** A default that is a whole section says nothing that the section does not say. */
function defaultOf(of: Kind<unknown>): JsonSchema {
  const otherwise: unknown = v.getDefault(of as v.OptionalSchema<Kind<unknown>, unknown>)
  return otherwise === undefined || typeof otherwise === 'object' ? {} : { default: otherwise }
}

function isOnlyForPrograms(of: Kind<unknown>): boolean {
  const { json }: KindMetadata = v.getMetadata(wrappedIn(of) ?? of)
  return json !== undefined && Object.hasOwn(json, 'not')
}
