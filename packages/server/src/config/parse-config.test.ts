import { resolve } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'

import { ConfigError } from './config-error.ts'
import { parseConfig } from './parse-config.ts'
import type { Environment } from './source/interpolate.ts'

const GOOD = `
listeners:
  - name: cache
    listen: 127.0.0.1:6380
    protocol: lines
    upstream: redis
upstreams:
  redis:
    endpoints: [127.0.0.1:6379]
`

/** The configuration that is good, with lines replaced. */
function changed(...changes: readonly (readonly [from: string, to: string])[]): string {
  return changes.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the configuration has no ${from}`)
    return text.replace(from, () => to)
  }, GOOD)
}

function errorOf(text: string, env: Environment = {}): ConfigError {
  try {
    parseConfig(text, { file: 'c.yaml', env })
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('the configuration is good')
}

const messageOf = (text: string, env: Environment = {}): string => errorOf(text, env).message

test('a good file has settings', () => {
  expect(parseConfig(GOOD, { file: 'c.yaml' })).toMatchObject({
    listeners: [{ name: 'cache', listen: { host: '127.0.0.1', port: 6380 }, upstream: 'redis' }],
    upstreams: [{ name: 'redis', options: { endpoints: ['127.0.0.1:6379'] } }],
  })
})

describe('a problem points at', () => {
  test.each([
    [
      'the value',
      changed(['listen: 127.0.0.1:6380', 'listen: 127.0.0.1']),
      '4:13',
      'listeners[0].listen must have a port',
    ],
    [
      'a value in braces',
      changed(['[127.0.0.1:6379]', '[a:1, { endpoint: b:1, weight: 0 }]']),
      '9:47',
      'upstreams.redis.endpoints[1].weight must be a number',
    ],
    [
      'a value on the next line',
      changed(['listen: 127.0.0.1:6380', 'listen:\n      5']),
      '5:7',
      'listeners[0].listen must be',
    ],
    [
      'a key nobody knows',
      changed(['upstream: redis', 'upstream: redis\n    maxClient: 5']),
      '7:5',
      'listeners[0].maxClient is not a known key; did you mean maxClients?',
    ],
    [
      'where a key is missing',
      changed(['    listen: 127.0.0.1:6380\n', '']),
      '3:5',
      'listeners[0].listen must be given',
    ],
    [
      'the name of what it is about',
      changed(['endpoints: [127.0.0.1:6379]', 'balance: random']),
      '8:3',
      'upstreams.redis must have endpoints or discovery',
    ],
    [
      'a value that is not there',
      changed(['protocol: lines', 'protocol:']),
      '5:14',
      'listeners[0].protocol must be one of',
    ],
    [
      'where it is, also after a slip from where on the parser counts no lines',
      'a: [1]:1 d\n    e: 2\nb: !x 3',
      '3:4',
      'the configuration cannot be read as YAML: Unresolved tag',
    ],
    ['the second of two equal keys', `${GOOD}upstreams: {}\n`, '10:1', 'upstreams is there twice'],
    [
      'the second of two equal keys of a section',
      changed(['protocol: lines', 'protocol: lines\n    protocol: redis']),
      '6:5',
      'listeners[0].protocol is there twice',
    ],
    [
      'the value that an alias stands for, where that stands',
      changed(['listen: 127.0.0.1:6380', 'listen: &x lines'], ['protocol: lines', 'protocol: *x']),
      '4:16',
      'listeners[0].listen must have a port',
    ],
  ])('%s', (_what, text, place, message) => {
    expect(messageOf(text)).toContain(`c.yaml:${place}: ${message}`)
  })
})

test('problems are told in the order of the file, all of them', () => {
  const text = changed(
    ['listen: 127.0.0.1:6380', 'listen: x'],
    ['[127.0.0.1:6379]', '[y]'],
    ['\nlisteners:', 'workers: none\nlisteners:'],
  )

  expect(errorOf(text).problems.map(({ path, position }) => [path, position?.line, position?.column])).toEqual([
    ['workers', 1, 10],
    ['listeners[0].listen', 4, 13],
    ['upstreams.redis.endpoints[0]', 9, 17],
  ])
  expect(messageOf(text)).toMatch(/^3 problems:\nc\.yaml:1:10: workers .*\nc\.yaml:4:13: .*\nc\.yaml:9:17: .*$/)
})

test.each(['requestTimeout: 5', 'requestTimeout: 5000', 'idleTimeout: 1.5'])(
  'a duration has its unit in a file: %s has none',
  (line) => {
    expect(messageOf(changed(['upstream: redis', `upstream: redis\n    ${line}`]))).toMatch(
      /^c\.yaml:7:\d+: listeners\[0\]\.\w+ must be a duration as 250ms, 5s, 10m or 1h, .*; got [\d.]+$/,
    )
  },
)

describe('a file that is no configuration', () => {
  test.each([
    [
      '',
      'c.yaml:1:1: the configuration must be a mapping of keys to values, as listeners, upstreams, workers; got nothing',
    ],
    ['5', 'got 5'],
    ['- listeners', 'got a list'],
    ['a: [', 'c.yaml:1:5: the configuration cannot be read as YAML: Flow sequence'],
    ['a: {b: 5', 'the configuration cannot be read as YAML: Flow map'],
    ['a: !!js/function 5', 'the configuration cannot be read as YAML: Unresolved tag'],
    ['a: *nowhere', 'c.yaml:1:4: a is an alias of nothing'],
    ['a: 1\n---\nb: 2', 'the configuration cannot be read as YAML: Source contains multiple documents'],
    ['? [a]\n: 5', 'c.yaml:1:3: the configuration must have texts as its keys'],
    ['5: x', 'must have texts as its keys'],
    ['a: &a [*a]', 'is nested too deeply, or in itself'],
    ['['.repeat(50_000), 'is nested too deeply'],
    ['{a: '.repeat(50_000), 'is nested too deeply'],
    ['- '.repeat(50_000), 'is nested too deeply'],
    ['#'.repeat(1_100_000), 'must be at most 1048576 characters long'],
    ['__proto__: { workers: 5 }', '__proto__ is not a known key'],
    ['constructor: { workers: 5 }', 'constructor is not a known key'],
    ['"\\e[31m": 5', String.raw`["\u001b[31m"] is not a known key`],
  ])('as %.30j is refused', (text, message) => {
    expect(messageOf(text).slice(0, 1_000)).toContain(message)
  })

  test('as fifty thousand keys in one section is refused soon', () => {
    const section = Array.from({ length: 50_000 }, (_, index) => `k${index}: 1`)

    expect(messageOf(`x: { ${section.join(', ')} }`)).toContain('c.yaml:1:1: x is not a known key')
  })

  test('as one with aliases of aliases is refused before they fill the memory', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
    const bomb = names.map((name, index) => {
      const item = index === 0 ? 'x' : `*${names[index - 1]}`
      return `${name}: &${name} [${Array.from({ length: 20 }, () => item).join(', ')}]`
    })

    expect(messageOf(bomb.join('\n'))).toContain('has more than 100000 values')
  })

  test('never changes what other objects have', () => {
    messageOf('__proto__: { polluted: 1 }\nconstructor: { prototype: { polluted: 1 } }')

    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })
})

describe('the environment', () => {
  const env = {
    HOST: '127.0.0.1',
    PORT: '7000',
    MANY: '12',
    YES: 'true',
    TOKEN: '12345',
    NESTED: '${HOST}',
    LONG: '5s',
  }

  test.each([
    [changed(['127.0.0.1:6380', '${HOST}:${PORT}']), { listen: { host: '127.0.0.1', port: 7000 } }],
    [changed(['127.0.0.1:6380', '"${HOST}:${PORT}"']), { listen: { host: '127.0.0.1', port: 7000 } }],
    [changed(['upstream: redis', 'upstream: redis\n    maxClients: ${MANY}']), { maxClients: 12 }],
    [changed(['upstream: redis', 'upstream: redis\n    reusePort: ${YES}']), { reusePort: true }],
    [changed(['upstream: redis', 'upstream: redis\n    requestTimeout: ${LONG}']), { requestTimeoutMs: 5_000 }],
  ])('fills in %#', (text, listener) => {
    expect(parseConfig(text, { file: 'c.yaml', env }).listeners[0]).toMatchObject(listener)
  })

  test('gives a token that looks like a number as text', () => {
    const { admin } = parseConfig(`${GOOD}admin: { listen: "0.0.0.0:1", token: "\${TOKEN}" }`, { file: 'c.yaml', env })

    expect(admin?.token?.equals('12345')).toBe(true)
  })

  test('is not looked into for more of itself', () => {
    expect(messageOf(changed(['127.0.0.1:6380', '${NESTED}:1']), env)).toContain('listeners[0].listen must be')
  })

  test.each([
    [
      '${NOWHERE}:1',
      'listeners[0].listen must have its environment variable, and NOWHERE is not set; got "${NOWHERE}:1"',
    ],
    ['${toString}', 'must have its environment variable, and toString is not set'],
    ['${HOST', "must be written '${NAME}' for a variable, or '$${' for these two characters; got \"${HOST\""],
    ['${HO ST}', "must be written '${NAME}' for a variable"],
    ['$${HOST}:1', 'listeners[0].listen must be'],
  ])('has no value for %s', (listen, message) => {
    expect(messageOf(changed(['127.0.0.1:6380', `'${listen}'`]), env)).toContain(message)
  })

  test('needs quotes in braces, which the error says', () => {
    expect(messageOf(`${GOOD}admin: { token: \${TOKEN} }`, env)).toContain(
      '(inside {} and [] put quotes around "${NAME}")',
    )
  })
})

describe('a secret', () => {
  const CANARY = 'canary-b4c7'

  test.each([
    changed(['127.0.0.1:6380', '"${CANARY}"']),
    changed(['protocol: lines', 'protocol: ${CANARY}']),
    changed(['protocol: lines', 'protocol: { name: "${CANARY}" }']),
    changed(['protocol: lines', 'protocol: { name: tcp, serverSpeaksFirst: "${CANARY}" }']),
    changed(['upstream: redis', 'upstream: ${CANARY}']),
    changed(['name: cache', 'name: ${CANARY} x']),
    changed(['[127.0.0.1:6379]', '["${CANARY}"]']),
    changed(['[127.0.0.1:6379]', '["user:${CANARY}@a:1"]']),
    changed(['[127.0.0.1:6379]', '["user:canary-b4c7@a:1"]']),
    changed(['[127.0.0.1:6379]', '["a:1"]\n    tls: { ca: "${CANARY}" }']),
    changed(['[127.0.0.1:6379]', '["a:1"]\n    discovery: { dns: "${CANARY}.", type: SRV }\n    maxSize: 1']),
    changed(['[127.0.0.1:6379]', '["a:1"]\n    pool: { maxSize: "${CANARY}" }']),
    `${GOOD}workers: \${CANARY}`,
    `${GOOD}admin: \${CANARY}`,
    `${GOOD}admin: { listen: "\${CANARY}" }`,
    `${GOOD}admin: { token: "\${CANARY} with spaces" }`,
    `${GOOD}admin: { token: "canary-b4c7 with spaces" }`,
    `${GOOD}admin: { token: { canary-b4c7: 1 } }`,
    `${GOOD}admin: { token: canary-b4c7, listen: 5 }`,
    `${GOOD}admin: { token: canary-b4c7: x }`,
    `${GOOD}admin: { token: "canary-b4c7 }`,
    `${GOOD}admin: { token: !canary-b4c7 x }`,
    `${GOOD}admin: [ "canary-b4c7" `,
  ])('is in no error, %#', (text) => {
    const error = errorOf(text, { CANARY })

    expect(
      [error.message, error.stack, inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error)].join('\n'),
    ).not.toContain(CANARY)
  })

  test('is shown by nothing that shows settings', () => {
    const text = `${GOOD}admin: { listen: "0.0.0.0:9900", token: "\${CANARY}" }`
    const settings = parseConfig(text, { file: 'c.yaml', env: { CANARY } })

    expect([inspect(settings, { depth: 9, showHidden: true }), JSON.stringify(settings)].join('\n')).not.toContain(
      CANARY,
    )
    expect(settings.admin?.token?.reveal()).toBe(CANARY)
  })
})

test('paths are relative to the directory of the file', () => {
  const text = changed(['upstream: redis', 'upstream: redis\n    tls: { cert: nowhere.crt, key: ../nowhere.key }'])

  expect(messageOf(text)).toContain('tls.cert must be the path of a file that can be read (ENOENT); got "nowhere.crt"')
  expect(() => parseConfig(text, { file: resolve('packages/c.yaml') })).toThrow(ConfigError)
})
