import type { JsonSchema } from '../kinds/kind.ts'
import { SERVER } from '../schema/server-section.ts'
import { jsonSchemaOf } from './json-schema-of.ts'

/** The JSON Schema of a configuration file, made of the same tables that check it. Editors complete and explain by it. */
export function configJsonSchema(): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Configuration of connpool serve',
    ...jsonSchemaOf(SERVER),
    $defs: {
      environment: {
        description: 'A value that an environment variable has a part in.',
        type: 'string',
        pattern: '\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}',
      },
    },
  }
}
