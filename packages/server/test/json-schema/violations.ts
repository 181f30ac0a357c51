/** As much of a validator of JSON Schema as the configuration's schema needs; a keyword it does not know is an error. */
export type Schema = Readonly<Record<string, unknown>>

type Check = (value: unknown, argument: never, whole: Whole) => readonly string[]

interface Whole {
  readonly root: Schema
  readonly schema: Schema
  readonly path: string
}

const NOTES = new Set(['$schema', '$defs', 'title', 'description', 'default'])

/** Where a value is not as the schema says. Inside of alternatives only the whole is told. */
export function violations(value: unknown, root: Schema, schema: Schema = root, path = ''): readonly string[] {
  return Object.entries(schema).flatMap(([keyword, argument]) => {
    if (NOTES.has(keyword)) return []
    const check = CHECKS[keyword]
    if (check === undefined) throw new Error(`the keyword ${keyword} is not known here`)
    return check(value, argument as never, { root, schema, path })
  })
}

const CHECKS: Readonly<Record<string, Check>> = {
  type: (value, type: string, { path }) => sayUnless(isOfType(value, type), path),
  enum: (value, values: readonly unknown[], { path }) => sayUnless(values.includes(value), path),
  const: (value, only: unknown, { path }) => sayUnless(value === only, path),
  pattern: (value, pattern: string, { path }) =>
    sayUnless(typeof value !== 'string' || new RegExp(pattern).test(value), path),
  minLength: (value, least: number, { path }) => sayUnless(typeof value !== 'string' || value.length >= least, path),
  minimum: (value, least: number, { path }) => sayUnless(typeof value !== 'number' || value >= least, path),
  exclusiveMinimum: (value, least: number, { path }) => sayUnless(typeof value !== 'number' || value > least, path),
  maximum: (value, most: number, { path }) => sayUnless(typeof value !== 'number' || value <= most, path),
  minItems: (value, least: number, { path }) => sayUnless(!Array.isArray(value) || value.length >= least, path),
  $ref: (value, reference: string, { root, path }) => violations(value, root, resolved(root, reference), path),
  anyOf: (value, schemas: readonly Schema[], { root, path }) =>
    sayUnless(
      schemas.some((each) => violations(value, root, each, path).length === 0),
      path,
    ),
  items: (value, schema: Schema, { root, path }) =>
    Array.isArray(value) ? value.flatMap((item, index) => violations(item, root, schema, `${path}/${index}`)) : [],
  required: (value, keys: readonly string[], { path }) =>
    isObject(value) ? keys.filter((key) => !(key in value)).map((key) => `${path.slice(1)}: ${key} is missing`) : [],
  properties: (value, schemas: Readonly<Record<string, Schema>>, { root, path }) =>
    Object.entries(isObject(value) ? value : {}).flatMap(([key, each]) => {
      const schema = schemas[key]
      return schema === undefined ? [] : violations(each, root, schema, `${path}/${key}`)
    }),
  additionalProperties: (value, rule: false | Schema, { root, schema, path }) => {
    const known = Object.keys(schema['properties'] ?? {})
    const others = Object.entries(isObject(value) ? value : {}).filter(([key]) => !known.includes(key))
    if (rule === false) return others.map(([key]) => `${path.slice(1)}: ${key} is not known`)
    return others.flatMap(([key, each]) => violations(each, root, rule, `${path}/${key}`))
  },
}

function isOfType(value: unknown, type: string): boolean {
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return isObject(value)
  return type === 'integer' ? Number.isInteger(value) : typeof value === type
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function resolved(root: Schema, reference: string): Schema {
  return reference
    .slice(2)
    .split('/')
    .reduce<Schema>((schema, step) => schema[step] as Schema, root)
}

function sayUnless(isGood: boolean, path: string): readonly string[] {
  return isGood ? [] : [path.slice(1)]
}
