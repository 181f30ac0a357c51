/** What stands in the docs about configurations is true: every block is a file that is read here, and every key is told. */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'

import { EXIT_STATUS } from '../src/cli/exit-status.ts'
import { runProgram } from '../src/cli/program.ts'
import { DEFAULTS } from '../src/config/defaults.ts'
import { configJsonSchema } from '../src/config/json-schema/config-json-schema.ts'
import { parseConfig } from '../src/config/parse-config.ts'
import { type Schema, violations } from './json-schema/violations.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const examples = readdirSync(join(root, 'examples/config'))
const PAGES = ['docs/guide/front-server.md', 'docs/reference/configuration.md']

const ENVIRONMENT = { LISTEN_HOST: '0.0.0.0', MAX_CLIENTS: '500', REDIS_HOST: 'redis.internal', ADMIN_TOKEN: 'secret' }

/** The files that the examples name, where they are looked for. */
const directory = mkdtempSync(join(tmpdir(), 'connpool-config-'))
const CERTIFICATES = {
  'server.crt': 'localhost.crt',
  'server.key': 'localhost.key',
  'clients.crt': 'authority.crt',
  'cache.crt': 'elsewhere.crt',
  'cache.key': 'elsewhere.key',
  'backends.crt': 'authority.crt',
}
for (const [name, from] of Object.entries(CERTIFICATES)) {
  copyFileSync(join(root, 'packages/connpool/test/integration/certificates', from), join(directory, name))
}
afterAll(() => rmSync(directory, { recursive: true }))

describe('an example', () => {
  test.each(examples)('%s is a good configuration', (name) => {
    const settings = parseConfig(read(`examples/config/${name}`), { file: join(directory, name), env: ENVIRONMENT })

    expect(settings.listeners.length).toBeGreaterThan(0)
  })

  test.each(examples)('%s is one to an editor too, and says where the schema is', (name) => {
    const text = read(`examples/config/${name}`)

    expect(text).toMatch(/^# yaml-language-server: \$schema=\.\.\/\.\.\/packages\/server\/config\.schema\.json\n/)
    expect(violations(parse(text), configJsonSchema())).toEqual([])
  })
})

describe('a YAML block', () => {
  const blocks = PAGES.flatMap((page) =>
    [...read(page).matchAll(/^```yaml(.*)\n([\s\S]*?)^```$/gm)].map(([, file = '', text = '']) => [
      page,
      file.trim(),
      text,
    ]),
  )

  test.each(blocks)('in %s is %s', (_page, file, text) => {
    expect(examples.map((name) => `examples/config/${name}`)).toContain(file)
    expect(read(file).replace(/^# .*\n/, '')).toBe(text)
  })

  test('stands for every example, so that none outlives its page', () => {
    const shown = new Set(blocks.map(([, file]) => file))

    expect(examples.filter((name) => !shown.has(`examples/config/${name}`))).toEqual([])
  })
})

describe('the reference of the configuration', () => {
  const page = read('docs/reference/configuration.md')

  /** All keys of sections, wherever they are in the schema, with their defaults. */
  function keysIn(schema: Schema): readonly (readonly [key: string, otherwise: unknown])[] {
    const properties = Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, Schema>>)
    const inside = [schema['items'], schema['additionalProperties'], ...((schema['anyOf'] ?? []) as readonly unknown[])]
    const schemas = inside.filter((each): each is Schema => typeof each === 'object' && each !== null)
    return [
      ...properties.map(([key, { default: otherwise }]) => [key, otherwise] as const),
      ...[...properties.map(([, each]) => each), ...schemas].flatMap(keysIn),
    ]
  }
  const keys = keysIn(configJsonSchema()).filter(([key]) => !['refuseAt', 'stopAt'].includes(key))

  test.each(keys)('has a row for %s, with its default %s', (key, otherwise) => {
    const rows = [...page.matchAll(new RegExp(`^\\| \`${key}\` +\\|[^|]*\\| +(.*?) +\\|`, 'gm'))].map(
      ([, cell]) => cell,
    )

    expect(rows).not.toEqual([])
    if (otherwise !== undefined) expect(rows).toContain(`\`${otherwise as string | number | boolean}\``)
  })

  test('tells the thresholds and the address of the admin pages', () => {
    const { eventLoopDelay, fds } = DEFAULTS.monitors

    for (const { refuseAt, stopAt } of [eventLoopDelay, fds]) {
      expect(page).toContain(`\`refuseAt: ${refuseAt}\`, \`stopAt: ${stopAt}\``)
    }
    expect(page).toContain(`\`${DEFAULTS.admin.listen}\``)
  })
})

describe('the reference of the command line', () => {
  const page = read('docs/reference/cli.md')

  test.each(['serve', 'check', 'bench'])('has every flag of %s', async (command) => {
    const said: string[] = []
    const commands = { serve: never, check: never, bench: never }
    const terminal = { say: (line: string) => void said.push(line), complain: (line: string) => void said.push(line) }
    await runProgram([command, '--help'], { commands, terminal, version: '1' })
    const flags = [...said.join('\n').matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, flag = '']) => flag)

    expect(flags.filter((flag) => !page.includes(`| \`${flag}`))).toEqual([])
    expect(flags.length).toBe({ serve: 13, check: 0, bench: 6 }[command])
  })

  test('has every exit status', () => {
    const rows = [...page.matchAll(/^\| (\d) +\|/gm)].map(([, status]) => Number(status))

    expect(rows).toEqual(Object.values(EXIT_STATUS))
  })

  function never(): Promise<0> {
    throw new Error('bug: only the help is asked for')
  }
})
