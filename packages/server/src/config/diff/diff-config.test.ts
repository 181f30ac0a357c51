import { describe, expect, test } from 'vitest'

import { resolveConfig } from '../resolve-config.ts'
import type { ListenerConfig, ServerConfig, UpstreamConfig } from '../server-config.ts'
import { describeDiff } from './describe-diff.ts'
import { diffConfig } from './diff-config.ts'

const LISTENER: ListenerConfig = {
  name: 'cache',
  listen: 'localhost:1',
  protocol: { name: 'lines', maxBytes: 500 },
  upstream: 'redis',
}
const UPSTREAM: UpstreamConfig = { endpoints: ['a:1', { endpoint: 'b:1', weight: 2 }], pool: { minSize: 1 } }
const BEFORE: ServerConfig = { listeners: [LISTENER], upstreams: { redis: UPSTREAM } }

const changesTo = (after: ServerConfig, before: ServerConfig = BEFORE): readonly string[] =>
  describeDiff(diffConfig(resolveConfig(before), resolveConfig(after)))

const withListener = (change: Partial<ListenerConfig>): ServerConfig => ({
  ...BEFORE,
  listeners: [{ ...LISTENER, ...change }],
})
const withUpstream = (change: Partial<UpstreamConfig>): ServerConfig => ({
  ...BEFORE,
  upstreams: { redis: { ...UPSTREAM, ...change } },
})

test('the same words are no change, whatever objects they become', () => {
  const discovery = { dns: 'example.org', type: 'A', port: 5 } as const
  const config: ServerConfig = {
    listeners: [LISTENER],
    upstreams: {
      redis: UPSTREAM,
      found: { discovery, maxSize: 5 },
      safe: { endpoints: ['c:1'], tls: { servername: 'x' } },
    },
    admin: { token: 'secret' },
  }

  expect(changesTo(structuredClone(config), config)).toEqual([])
})

describe('a listener', () => {
  test.each<[string, ServerConfig, readonly string[]]>([
    ['with another limit goes on listening', withListener({ maxClients: 5 }), ['listener cache: changed']],
    ['with another protocol goes on listening', withListener({ protocol: 'lines' }), ['listener cache: changed']],
    ['at another address listens anew', withListener({ listen: 'localhost:2' }), ['listener cache: listens anew']],
    ['with another backlog listens anew', withListener({ backlog: 5 }), ['listener cache: listens anew']],
    ['with reusePort listens anew', withListener({ reusePort: true }), ['listener cache: listens anew']],
    [
      'with another name is another',
      withListener({ name: 'other' }),
      ['listener other: added', 'listener cache: removed'],
    ],
  ])('%s', (_what, after, changes) => {
    expect(changesTo(after)).toEqual(changes)
  })
})

describe('an upstream', () => {
  test.each<[string, ServerConfig, readonly string[]]>([
    ['gains and loses endpoints', withUpstream({ endpoints: ['a:1', 'c:1'] }), ['upstream redis: +c:1 -b:1']],
    ['has an endpoint with another weight', withUpstream({ endpoints: ['a:1', 'b:1'] }), ['upstream redis: +b:1']],
    ['has another limit', withUpstream({ maxSize: 9 }), ['upstream redis: limits changed']],
    ['holds more while it is paused', withUpstream({ maxPaused: 9 }), ['upstream redis: limits changed']],
    ['has another pool', withUpstream({ pool: { minSize: 2 } }), ['upstream redis: replaced']],
    ['has another policy', withUpstream({ balance: 'random' }), ['upstream redis: replaced']],
    ['speaks TLS', withUpstream({ tls: {} }), ['upstream redis: +a:1 +b:1 -a:1 -b:1']],
  ])('%s', (_what, after, changes) => {
    expect(changesTo(after)).toEqual(changes)
  })

  test('whose listeners speak what has another health check is replaced', () => {
    const [lines, redis, memcached] = (['lines', 'redis', 'memcached'] as const).map((protocol) =>
      withListener({ protocol }),
    )

    expect(changesTo(redis ?? BEFORE, lines)).toEqual(['listener cache: changed', 'upstream redis: replaced'])
    expect(changesTo(memcached ?? BEFORE, redis)).toEqual(['listener cache: changed', 'upstream redis: replaced'])
    expect(changesTo(withListener({ protocol: 'tcp' }), lines)).toEqual(['listener cache: changed'])
  })

  test('that is looked up, and speaks TLS or another one, is replaced', () => {
    const redis = { discovery: { dns: 'example.org', type: 'SRV' }, maxSize: 5 } as const
    const found = (tls?: UpstreamConfig['tls']): ServerConfig => ({
      ...BEFORE,
      upstreams: { redis: { ...redis, ...(tls && { tls }) } },
    })

    expect(changesTo(found({}), found())).toEqual(['upstream redis: replaced'])
    expect(changesTo(found({ servername: 'a' }), found({}))).toEqual(['upstream redis: replaced'])
    expect(changesTo(found({ servername: 'a' }), found({ servername: 'a' }))).toEqual([])
  })

  test('that is looked up elsewhere is replaced, with what it is to look up', () => {
    const found = (dns: string): ServerConfig => ({
      ...BEFORE,
      upstreams: { redis: { discovery: { dns, type: 'SRV' }, maxSize: 5 } },
    })
    const before = resolveConfig(found('a.example.org'))
    const after = resolveConfig(found('b.example.org'))

    expect(diffConfig(before, after).upstreams).toEqual({
      added: [],
      removed: [],
      changed: [],
      replaced: after.upstreams,
    })
    expect(diffConfig(before, after).upstreams.replaced[0]).toBe(after.upstreams[0])
  })

  test('that is new or gone is added or removed', () => {
    const upstreams = { redis: UPSTREAM, more: UPSTREAM }

    expect(changesTo({ ...BEFORE, upstreams })).toEqual(['upstream more: added'])
    expect(changesTo(BEFORE, { ...BEFORE, upstreams })).toEqual(['upstream more: removed'])
  })
})

describe('the rest', () => {
  test.each<[Partial<ServerConfig>, readonly string[]]>([
    [{ drainTimeout: '5s' }, ['drainTimeout: changed']],
    [{ monitors: { rss: { refuseAt: '1GiB' } } }, ['monitors: changed']],
    [{ log: { level: 'warn' } }, ['log: changed']],
    [{ workers: 3 }, ['workers: needs a restart, as before until then']],
    [{ dispatch: 'balanced' }, ['dispatch: needs a restart, as before until then']],
    [{ admin: 'off' }, ['admin: needs a restart, as before until then']],
    [{ admin: { listen: '127.0.0.1:9900' } }, ['admin: needs a restart, as before until then']],
    [{ admin: { token: 'secret' } }, ['admin: needs a restart, as before until then']],
  ])('%o', (change, changes) => {
    expect(changesTo({ ...BEFORE, ...change })).toEqual(changes)
    expect(changesTo(BEFORE, { ...BEFORE, ...change })).toEqual(changes)
  })

  test('a token that is another is noticed, and not told', () => {
    const before: ServerConfig = { ...BEFORE, admin: { token: 'canary-1' } }

    expect(changesTo({ ...BEFORE, admin: { token: 'canary-2' } }, before)).toEqual([
      'admin: needs a restart, as before until then',
    ])
    expect(changesTo({ ...BEFORE, admin: { token: 'canary-1' } }, before)).toEqual([])
  })
})
