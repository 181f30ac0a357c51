import { readFileSync } from 'node:fs'
import { format } from 'prettier'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'

import { DEFAULTS } from '../../src/config/defaults.ts'
import { configJsonSchema } from '../../src/config/json-schema/config-json-schema.ts'
import { violations } from './violations.ts'

const COMMITTED = new URL('../../config.schema.json', import.meta.url)

/** `npx vitest -u packages/server/test/json-schema` writes the file anew. */
test('the schema that is published is the one that the tables make', async () => {
  const text = await format(JSON.stringify(configJsonSchema()), { parser: 'json', printWidth: 120 })

  await expect(text).toMatchFileSnapshot(COMMITTED.pathname)
})

const check = (text: string): readonly string[] => violations(parse(text), configJsonSchema())

describe('the schema', () => {
  const GOOD = `
listeners:
  - listen: 127.0.0.1:6380
    protocol: { name: lines, maxBytes: 500 }
    upstream: redis
    maxClients: \${MAX}
    maxClientsPerAddress: off
    requestTimeout: 250ms
    maxRequestSize: 64KiB
    tls: { cert: a.pem, key: b.pem, sni: [{ names: ['*.example.org'], cert: c.pem, key: d.pem }] }
upstreams:
  redis:
    endpoints: [127.0.0.1:6379, { endpoint: 'tls://b:1', backup: true }]
    outlier: off
    pool: { breaker: { open: 1s }, keepAlive: 30s, maxUses: infinity }
workers: auto
admin: { listen: '[::1]:9900', token: '\${TOKEN}' }
monitors: { fds: { refuseAt: 0.5 } }
`

  test('takes what the server takes', () => {
    expect(check(GOOD)).toEqual([])
  })

  test.each([
    ['maxClients: ${MAX}', 'maxClient: 5', 'listeners/0: maxClient is not known'],
    ['maxClients: ${MAX}', 'maxClients: many', 'listeners/0/maxClients'],
    ['listen: 127.0.0.1:6380', 'listen: 6380', 'listeners/0/listen'],
    ['    upstream: redis\n', '    upstream: [redis]\n', 'listeners/0/upstream'],
    ['listen: 127.0.0.1:6380', 'name: x', 'listeners/0: listen is missing'],
    ['requestTimeout: 250ms', 'requestTimeout: 250', 'listeners/0/requestTimeout'],
    ['requestTimeout: 250ms', 'handle: x', 'listeners/0: handle is not known'],
    ['workers: auto', 'workers: 0', 'workers'],
    ['workers: auto', 'workers: 1.5', 'workers'],
    ['breaker: { open: 1s }', 'breaker: true', 'upstreams/redis/pool/breaker'],
    ['outlier: off', 'outlier: { window: 5 }', 'upstreams/redis/outlier'],
    ['refuseAt: 0.5', 'refuseAt: 1.5', 'monitors/fds/refuseAt'],
    ["'tls://b:1'", 'b', 'upstreams/redis/endpoints/1'],
  ])('does not take a file with %s as %s', (from, to, violation) => {
    expect(GOOD).toContain(from)
    expect(check(GOOD.replace(from, () => to))).toEqual([violation])
  })

  test('explains every key and tells the defaults', () => {
    const text = readFileSync(COMMITTED, 'utf8')
    const keys = [...text.matchAll(/"(\w+)": \{\n\s+"description": "(.+)"/g)]

    expect(keys.length).toBeGreaterThan(100)
    expect(keys.filter(([, , about = '']) => !/^[A-Z].*\.$/.test(about)).map(([, key]) => key)).toEqual([])
    expect(text).toContain(`"default": "${DEFAULTS.drainTimeout}"`)
  })
})
