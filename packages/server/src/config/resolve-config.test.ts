import { describe, expect, test } from 'vitest'

import type { Handler } from '../handler.ts'
import { lines } from '../protocols/lines.ts'
import { ConfigError } from './config-error.ts'
import { resolveConfig } from './resolve-config.ts'
import type { ListenerConfig, ServerConfig, UpstreamConfig } from './server-config.ts'
import type { ListenerSettings, UpstreamSettings } from './settings.ts'

const LISTENER: ListenerConfig = { listen: '127.0.0.1:6380', protocol: 'lines', upstream: 'redis' }
const UPSTREAM: UpstreamConfig = { endpoints: ['127.0.0.1:6379'] }

/** A configuration that is good but for what a test puts in. What a JavaScript user may write is not always of the type. */
function config({
  listener = {},
  upstream = {},
  rest = {},
}: Partial<Record<'listener' | 'upstream' | 'rest', object>>): ServerConfig {
  const whole: unknown = {
    listeners: [{ ...LISTENER, ...listener }],
    upstreams: { redis: { ...UPSTREAM, ...upstream } },
    ...rest,
  }
  return whole as ServerConfig
}

function problemsOf(given: ServerConfig): readonly string[] {
  try {
    resolveConfig(given)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ path, message }) => `${path} ${message}`)
    throw error
  }
}

const listenerOf = (listener: object): ListenerSettings | undefined => resolveConfig(config({ listener })).listeners[0]
const upstreamOf = (upstream: object): UpstreamSettings | undefined => resolveConfig(config({ upstream })).upstreams[0]

describe('the least that can be said', () => {
  test('has every default', () => {
    expect(resolveConfig(config({}))).toEqual({
      listeners: [
        {
          name: 'lines',
          listen: { host: '127.0.0.1', port: 6380 },
          protocol: expect.objectContaining({ name: 'lines' }) as unknown,
          upstream: 'redis',
          handle: undefined,
          concurrency: 64,
          maxClients: 10_000,
          maxClientsPerAddress: Infinity,
          allow: undefined,
          deny: [],
          acceptTimeoutMs: 5_000,
          requestTimeoutMs: 5_000,
          idleTimeoutMs: 600_000,
          maxRequestBytes: 1_048_576,
          queue: { limit: 5_000, targetMs: 5, intervalMs: 100 },
          proxyProtocol: undefined,
          tls: undefined,
          backlog: 511,
          reusePort: false,
        },
      ],
      upstreams: [
        {
          name: 'redis',
          options: { endpoints: ['127.0.0.1:6379'], pool: { minSize: 0, maxSize: 10 } },
          discovery: undefined,
          maxSize: 10,
          minSize: 0,
          proxyProtocol: undefined,
          retryBudgetRatio: 0.1,
          maxPaused: 10_000,
        },
      ],
      workers: 1,
      dispatch: 'kernel',
      admin: { listen: { host: '127.0.0.1', port: 9900 }, token: undefined, isAskedFor: false },
      drainTimeoutMs: 30_000,
      monitors: {
        eventLoopDelay: { refuseAt: 1_000, stopAt: 5_000 },
        heapBytes: { refuseAt: Infinity, stopAt: Infinity },
        rssBytes: { refuseAt: Infinity, stopAt: Infinity },
        fdRatio: { refuseAt: 0.9, stopAt: 0.95 },
      },
      log: { level: 'info', accessRatio: 0 },
    })
  })
})

describe('a listener', () => {
  test.each([
    ['0.0.0.0:0', { host: '0.0.0.0', port: 0 }],
    ['[::1]:6380', { host: '::1', port: 6380 }],
    ['LocalHost:65535', { host: 'localhost', port: 65_535 }],
    ['unix:/run/connpool.sock', { path: '/run/connpool.sock' }],
    ['systemd:cache', { systemd: 'cache' }],
    ['systemd:3', { systemd: '3' }],
  ])('listens on %s', (listen, address) => {
    expect(listenerOf({ listen })?.listen).toEqual(address)
  })

  test.each([
    ['6380', "must have a port, as '127.0.0.1:6380'"],
    ['localhost', "must have a port, as '127.0.0.1:6380'"],
    ['localhost:', 'must have a port from 0 to 65535'],
    ['localhost:65536', 'must have a port from 0 to 65535'],
    ['localhost:06380', 'must have a port from 0 to 65535'],
    ['localhost:6380x', 'must have a port from 0 to 65535'],
    ['::1:6380', "must have brackets around an IPv6 address, as '[::1]:6380'"],
    ['[1.2.3.4]:6380', "must have an IPv6 address in its brackets, as '[::1]:6380'"],
    ['127.1:6380', "must be 'host:port', '[::1]:port', 'unix:/path' or 'systemd:name'"],
    [':6380', "must be 'host:port', '[::1]:port', 'unix:/path' or 'systemd:name'"],
    ['unix:connpool.sock', "must have an absolute path after 'unix:'"],
    [`unix:/${'x'.repeat(103)}`, 'must have a path of at most 103 bytes: no system takes a longer one'],
    ['systemd:', 'must have the name of a socket after systemd:'],
  ])('does not listen on %s', (listen, rule) => {
    expect(problemsOf(config({ listener: { listen } }))[0]).toContain(`listeners[0].listen ${rule}; got "`)
  })

  test.each([
    [{ requestTimeout: 1 }, { requestTimeoutMs: 1 }],
    [{ requestTimeout: '250ms' }, { requestTimeoutMs: 250 }],
    [{ requestTimeout: '0.5s' }, { requestTimeoutMs: 500 }],
    [{ idleTimeout: '10m' }, { idleTimeoutMs: 600_000 }],
    [{ idleTimeout: 'off' }, { idleTimeoutMs: Infinity }],
    [{ idleTimeout: Infinity }, { idleTimeoutMs: Infinity }],
    [{ idleTimeout: '1h' }, { idleTimeoutMs: 3_600_000 }],
    [{ maxRequestSize: '64KiB' }, { maxRequestBytes: 65_536 }],
    [{ maxRequestSize: '10MB' }, { maxRequestBytes: 10_000_000 }],
    [{ maxRequestSize: 512 }, { maxRequestBytes: 512 }],
    [{ maxClients: 7 }, { maxClients: 7, queue: { limit: 4, targetMs: 5, intervalMs: 100 } }],
    [{ maxClientsPerAddress: 'off' }, { maxClientsPerAddress: Infinity }],
    [{ allow: ['10.0.0.0/8', 'fd00::/8', '::1'] }, { allow: ['10.0.0.0/8', 'fd00::/8', '::1'] }],
    [
      { queueLimit: 9, queueTarget: '1ms', queueInterval: '20ms' },
      { queue: { limit: 9, targetMs: 1, intervalMs: 20 } },
    ],
  ])('takes %o', (given, settings) => {
    expect(listenerOf(given)).toMatchObject(settings)
  })

  test.each([
    [
      { requestTimeout: 0 },
      'requestTimeout must be a duration as 250ms, 5s, 10m or 1h, more than 0 and less than 596h; got 0',
    ],
    [
      { requestTimeout: '5' },
      'requestTimeout must be a duration as 250ms, 5s, 10m or 1h, more than 0 and less than 596h; got "5"',
    ],
    [
      { requestTimeout: '500us' },
      'requestTimeout must be a duration as 250ms, 5s, 10m or 1h, more than 0 and less than 596h; got "500us"',
    ],
    [
      { requestTimeout: 'off' },
      'requestTimeout must be a duration as 250ms, 5s, 10m or 1h, more than 0 and less than 596h; got "off"',
    ],
    [
      { requestTimeout: '597h' },
      'requestTimeout must be a duration as 250ms, 5s, 10m or 1h, more than 0 and less than 596h; got "597h"',
    ],
    [
      { maxRequestSize: '1.3B' },
      'maxRequestSize must be a size as 512B, 64KiB, 1MiB or 10MB, a whole number of bytes and at least one; got "1.3B"',
    ],
    [{ maxClients: '10' }, 'maxClients must be a whole number, at least 1; got "10"'],
    [{ maxClients: 0 }, 'maxClients must be a whole number, at least 1; got 0'],
    [{ maxClients: NaN }, 'maxClients must be a whole number, at least 1; got NaN'],
    [{ maxClients: null }, 'maxClients must be a whole number, at least 1; got nothing'],
    [{ maxClients: 5, maxClientsPerAddress: 6 }, 'maxClientsPerAddress must not exceed maxClients, 5; got 6'],
    [{ queueTarget: '1s' }, 'queueTarget must not exceed queueInterval, 100ms; got "1s"'],
    [{ allow: [] }, 'allow must be a list of addresses, at least 1; got a list'],
    [{ allow: ['10.0.0.0/33'] }, 'allow[0] must have a whole number from 0 to 32 after the slash; got "10.0.0.0/33"'],
    [{ allow: ['10.0.0.1/8'] }, 'allow[0] must have no bits set beyond the first 8; got "10.0.0.1/8"'],
    [{ deny: ['10.0.0/8'] }, 'deny[0] must be an IP address or a range such as 10.0.0.0/8 or fd00::/8; got "10.0.0/8"'],
    [{ deny: [5] }, "deny[0] must be an IP address or a CIDR range, as '10.0.0.0/8' or 'fd00::/8'; got 5"],
    [{ proxyProtocol: { accept: [] } }, 'proxyProtocol.accept must be a list of addresses, at least 1; got a list'],
    [{ proxyProtocol: {} }, 'proxyProtocol.accept must be given'],
    [{ proxyProtocol: true }, 'proxyProtocol must be a mapping of keys to values, as accept; got true'],
    [
      { name: 'a b' },
      'name must be a name of at most 64 letters, digits, dots, - and _, which begins and ends with a letter or digit; got "a b"',
    ],
    [
      { name: 'constructor' },
      'name must be a name of at most 64 letters, digits, dots, - and _, which begins and ends with a letter or digit; got "constructor"',
    ],
    [{ maxclients: 5 }, 'maxclients is not a known key; did you mean maxClients?'],
    [{ max_clients: 5 }, 'max_clients is not a known key; did you mean maxClients?'],
    [{ concurrency: 5 }, 'concurrency must be absent without handle: it is how many handlers run at once'],
    [{ listen: 'unix:/x', reusePort: true }, 'reusePort must be false where there is no port; got true'],
    [{ upstream: undefined }, 'must have an upstream (or, in a program, a handle function)'],
    [{ upstream: 'rediss' }, 'upstream must be the name of an upstream (redis?); got "rediss"'],
    [{ upstream: 'elsewhere' }, 'upstream must be the name of an upstream (redis); got "elsewhere"'],
    [{ protocol: 'line' }, 'protocol must be one of'],
    [
      { protocol: { name: 'tcp' }, requestTimeout: '5s' },
      'requestTimeout must be absent with protocol tcp, which knows no requests',
    ],
    [{ protocol: 'tcp', handle: (): string => '' }, 'handle must be absent with protocol tcp, which knows no requests'],
    [
      { protocol: { name: 'tcp', serverSpeaksFirst: 'yes' } },
      'protocol.serverSpeaksFirst must be true or false; got "yes"',
    ],
    [
      { protocol: { name: 'tcp', speaksFirst: true } },
      'protocol.speaksFirst is refused. tcp: there is no option "speaksFirst"; it has serverSpeaksFirst',
    ],
    [{ protocol: {} }, 'protocol must have a name, one of'],
    [{ protocol: { name: 'lines', maxBytes: 5n } }, 'protocol.maxBytes must be'],
    [
      { protocol: { ...lines(), name: 'mine', frame: undefined, refusal: 'ERR' } },
      'protocol must have frame, refusal, which are functions, as a protocol of your own',
    ],
    [{ protocol: { ...lines(), name: '' } }, 'protocol must have a name, as a protocol of your own'],
    [
      { protocol: { ...lines(), name: 'mine', pooling: 'shared' } },
      "protocol must have pooling 'exchange', or 'session' if it knows no requests, as a protocol of your own",
    ],
    [{ handle: 'reply' }, 'handle must be a function (which only a program can give); got "reply"'],
    [
      { tls: { cert: '/nowhere.crt', key: '/nowhere.key' } },
      'tls.cert must be the path of a file that can be read (ENOENT); got "/nowhere.crt"',
    ],
  ])('does not take %o', (listener, message) => {
    const problems = problemsOf(config({ listener }))

    expect(problems[0]).toContain(`listeners[0]${message.startsWith('must') ? ' ' : '.'}${message}`)
  })

  test('may be served by a function, without an upstream', () => {
    const handle: Handler = (request) => request
    const settings = resolveConfig({
      listeners: [{ listen: 'localhost:0', protocol: 'lines', handle, concurrency: 3 }],
    })

    expect(settings.listeners[0]).toMatchObject({ handle, concurrency: 3, upstream: undefined })
    expect(settings.upstreams).toEqual([])
  })

  test('may speak a protocol of the program', () => {
    const protocol = { ...lines(), name: 'shouting' }

    expect(listenerOf({ protocol })).toMatchObject({ name: 'shouting', protocol })
    expect(listenerOf({ protocol })?.protocol).toBe(protocol)
  })

  test('has the same protocol as another with the same words', () => {
    const given = { protocol: { name: 'tcp', serverSpeaksFirst: true } }

    expect(listenerOf(given)?.protocol).toBe(listenerOf(given)?.protocol)
    expect(listenerOf(given)?.protocol).not.toBe(listenerOf({ protocol: 'tcp' })?.protocol)
    expect(listenerOf(given)?.protocol).toMatchObject({ serverSpeaksFirst: true })
  })
})

describe('an upstream', () => {
  test("has the library's words", () => {
    const given = {
      endpoints: ['127.0.0.1:6379', { endpoint: 'tcp://b.example.org:6379', weight: 2, backup: true, zone: 'a' }],
      balance: 'round-robin',
      outlier: { consecutiveFailures: 'off', window: '5s', baseEjection: '1s' },
      panicRatio: 0.3,
      slowStart: '0s',
      zone: 'a',
      maxSize: 24,
      pool: {
        minSize: 1,
        maxSize: 16,
        acquireTimeout: '2s',
        maxLifetime: '30m',
        probeInterval: 'off',
        keepAlive: '10s',
        backoff: { base: '50ms', max: '1s' },
        breaker: { failureThreshold: 3, open: '1s', maxOpen: '2s' },
      },
      proxyProtocol: 'v2',
      retryBudget: 0.2,
      maxPaused: 5,
    }
    const { upstreams } = resolveConfig(config({ listener: { protocol: 'tcp' }, upstream: given }))

    expect(upstreams).toEqual([
      {
        name: 'redis',
        options: {
          endpoints: given.endpoints,
          balance: 'round-robin',
          outlier: { consecutiveFailures: Infinity, windowMs: 5_000, baseEjectionMs: 1_000 },
          panicRatio: 0.3,
          slowStartMs: 0,
          zone: 'a',
          pool: {
            minSize: 1,
            maxSize: 16,
            acquireTimeoutMs: 2_000,
            maxLifetimeMs: 1_800_000,
            probeIntervalMs: Infinity,
            keepAliveMs: 10_000,
            backoff: { baseMs: 50, maxMs: 1_000 },
            breaker: { failureThreshold: 3, openMs: 1_000, maxOpenMs: 2_000 },
          },
        },
        discovery: undefined,
        maxSize: 24,
        minSize: 2,
        proxyProtocol: 'v2',
        retryBudgetRatio: 0.2,
        maxPaused: 5,
      },
    ])
  })

  test('has as many connections as its endpoints together, unless it says otherwise', () => {
    const endpoints = ['a:1', 'b:1', 'c:1']

    expect(upstreamOf({ endpoints, pool: { minSize: 2, maxSize: 7 } })).toMatchObject({ minSize: 6, maxSize: 21 })
    expect(upstreamOf({ endpoints, pool: { minSize: 2, maxSize: 7 }, maxSize: 9 })).toMatchObject({
      minSize: 6,
      maxSize: 9,
    })
  })

  test('may be looked up', () => {
    const discovery = { dns: '_redis._tcp.example.org', type: 'SRV', refresh: '10s' }

    expect(upstreamOf({ endpoints: undefined, discovery, maxSize: 40 })).toMatchObject({
      discovery: { dns: '_redis._tcp.example.org', type: 'SRV', port: undefined, refreshMs: 10_000 },
      options: { endpoints: { watch: expect.any(Function) as unknown } },
      maxSize: 40,
    })
  })

  test('speaks TLS to every endpoint if it has a mapping for it', () => {
    const endpoints = ['a.example.org:6379', { endpoint: '[::1]:6380', weight: 2 }, 'unix:/run/x.sock', 'tls://b:1']

    expect(upstreamOf({ endpoints, tls: { rejectUnauthorized: false, servername: 'c' } })?.options.endpoints).toEqual([
      { host: 'a.example.org', port: 6379, tls: { rejectUnauthorized: false, servername: 'c' } },
      { endpoint: { host: '::1', port: 6380, tls: { rejectUnauthorized: false, servername: 'c' } }, weight: 2 },
      { path: '/run/x.sock', tls: { rejectUnauthorized: false, servername: 'c' } },
      { host: 'b', port: 1, tls: { rejectUnauthorized: false, servername: 'c' } },
    ])
  })

  test.each([
    [{ endpoints: [] }, 'endpoints must be a list of endpoints, at least 1; got a list'],
    [{ endpoints: '127.0.0.1:6379' }, 'endpoints must be a list of endpoints, at least 1; got "127.0.0.1:6379"'],
    [{ endpoints: ['127.0.0.1'] }, 'endpoints[0] must have a port, as \'localhost:6379\'; got "127.0.0.1"'],
    [{ endpoints: [{ weight: 1 }] }, 'endpoints[0].endpoint must be given'],
    [
      { endpoints: [{ endpoint: 'a:1', weight: 0 }] },
      'endpoints[0].weight must be a number, more than 0 and finite; got 0',
    ],
    [{ endpoints: ['a:1', 'A:1'] }, 'cannot be used. endpoints[1] must not be'],
    [{ endpoints: undefined }, 'must have endpoints or discovery, and not both'],
    [{ discovery: { dns: 'a.b', type: 'A', port: 1 }, maxSize: 5 }, 'must have endpoints or discovery, and not both'],
    [
      { endpoints: undefined, discovery: { dns: 'a.b', type: 'A' }, maxSize: 5 },
      'discovery must have a port: records of type A have none',
    ],
    [
      { endpoints: undefined, discovery: { dns: 'a.b', type: 'SRV', port: 5 }, maxSize: 5 },
      'discovery.port must be absent with SRV, whose records have ports; got 5',
    ],
    [
      { endpoints: undefined, discovery: { dns: '1.2.3.4', type: 'SRV' }, maxSize: 5 },
      'discovery.dns must be a name that DNS knows',
    ],
    [
      { endpoints: undefined, discovery: { dns: 'a.b', type: 'SRV' } },
      'must have a maxSize: discovery may find any number of endpoints',
    ],
    [{ proxyProtocol: 'v2', tls: {} }, 'proxyProtocol must be absent with TLS: a backend wants the header before'],
    [{ proxyProtocol: 'v1', endpoints: ['a:1', { endpoint: 'tls://b:1' }] }, 'proxyProtocol must be absent with TLS'],
    [{ pool: { minSize: 5, maxSize: 4 } }, 'pool.minSize must not exceed pool.maxSize, 4; got 5'],
    [{ pool: { minSize: 11 } }, 'pool.minSize must not exceed pool.maxSize, 10; got 11'],
    [{ pool: { minSize: 5 }, maxSize: 4 }, 'maxSize must be at least pool.minSize for each of the endpoints, 5; got 4'],
    [{ pool: { backoff: { base: '2s', max: '1s' } } }, 'cannot be used. backoff.base must not exceed backoff.max'],
    [{ pool: { leakWarn: '2s', maxLease: '1s' } }, 'cannot be used. leakWarn must be less than maxLease'],
    [{ pool: { acquireTimeoutMs: 5 } }, 'pool.acquireTimeoutMs is not a known key; did you mean acquireTimeout?'],
    [{ pool: { endpoint: 'a:1' } }, 'pool.endpoint is not a known key'],
    [{ pool: { breaker: true } }, 'pool.breaker must be a mapping, or off; got true'],
    [{ pool: { keepAlive: '500ms' } }, 'pool.keepAlive must be a duration from 1s to 9h, or off; got "500ms"'],
    [{ balance: 'roundrobin' }, 'balance must be one of two-choices, round-robin'],
    [{ tls: { cert: 'x.pem' } }, 'tls must have a key for its cert'],
    [{ tls: { ca: '/dev/zero' } }, 'tls.ca must be the path of a file of at most 4194304 bytes; got "/dev/zero"'],
    [
      { proxyProtocol: 'v2' },
      'listeners[0].upstream must be one without proxyProtocol: with lines, clients share the connections to the backend; got "redis"',
    ],
  ])('is not %o', (upstream, message) => {
    const problems = problemsOf(config({ upstream }))
    const place = message.startsWith('listeners') ? '' : 'upstreams.redis'
    const separator = place === '' || message.startsWith('must') || message.startsWith('cannot') ? ' ' : '.'

    expect(problems[0]).toContain(`${place}${separator}${message}`.trimStart())
  })
})

describe('the configuration as a whole', () => {
  test.each([
    [
      { workers: 4, dispatch: 'balanced' },
      { workers: 4, dispatch: 'balanced' },
    ],
    [{ admin: 'off' }, { admin: undefined }],
    [{ admin: false }, { admin: undefined }],
    [
      { admin: { listen: 'localhost:9900' } },
      { admin: { listen: { host: 'localhost', port: 9900 }, isAskedFor: true } },
    ],
    [{ admin: { listen: '127.8.8.8:0' } }, { admin: { listen: { host: '127.8.8.8', port: 0 }, isAskedFor: true } }],
    [{ admin: { listen: '[0:0::1]:1' } }, { admin: { listen: { host: '0:0::1', port: 1 }, isAskedFor: true } }],
    [{ drainTimeout: '0s' }, { drainTimeoutMs: 0 }],
    [
      { monitors: { heap: { refuseAt: '1GiB' } } },
      { monitors: { heapBytes: { refuseAt: 2 ** 30, stopAt: Infinity } } },
    ],
    [{ log: { level: 'silent', access: 0.5 } }, { log: { level: 'silent', accessRatio: 0.5 } }],
  ])('may have %o', (rest, settings) => {
    expect(resolveConfig(config({ rest }))).toMatchObject(settings)
  })

  test.each([
    [{ workers: 0 }, 'workers must be a whole number from 1 to 1024, or auto; got 0'],
    [{ workers: 11 }, 'workers must not exceed the maxSize of an upstream, 10: each worker needs a connection; got 11'],
    [{ listeners: [] }, 'listeners must be a list of listeners, at least one; got a list'],
    [{ listeners: undefined }, 'listeners must be given'],
    [{ upstreams: [] }, 'upstreams must be a mapping of names to upstreams; got a list'],
    [{ upstreams: { redis: UPSTREAM, 'a b': UPSTREAM } }, 'upstreams["a b"] must have another name'],
    [
      { admin: { listen: '0.0.0.0:9900' } },
      'admin.listen must be a loopback address, as there is no token; got "0.0.0.0:9900"',
    ],
    [{ admin: { listen: 'example.org:9900' } }, 'admin.listen must be a loopback address, as there is no token'],
    [
      { admin: { listen: '127.0.0.1:6380' } },
      'listeners[0].listen must be an address of its own, and admin.listen is the same',
    ],
    [{ admin: true }, 'admin must be a mapping, or off; got true'],
    [{ dispatch: 'fair' }, 'dispatch must be balanced or kernel; got "fair"'],
    [{ drainTimeout: 'off' }, 'drainTimeout must be a duration as 0s'],
    [{ monitors: { rss: { refuseAt: '2GiB', stopAt: '1GiB' } } }, 'monitors.rss must refuse before it stops'],
    [{ log: { access: 2 } }, 'log.access must be a number from 0 to 1; got 2'],
    [
      { listeners: [LISTENER, { ...LISTENER, listen: 'localhost:1' }] },
      "listeners[1].name must be unique (its default is the protocol's), and listeners[0] has the same",
    ],
    [
      { listeners: [LISTENER, { ...LISTENER, name: 'b' }] },
      'listeners[1].listen must be an address of its own, and listeners[0] has the same',
    ],
    [
      { dispatch: 'balanced', listeners: [{ ...LISTENER, reusePort: true }] },
      'listeners[0].reusePort must be false with dispatch balanced',
    ],
    [JSON.parse('{"__proto__": {"workers": 5}}') as object, '__proto__ is not a known key'],
    [{ constructor: {} }, 'constructor is not a known key'],
    [{ toString: {} }, 'toString is not a known key'],
  ])('may not have %o', (rest, message) => {
    expect(problemsOf(config({ rest: Object.fromEntries(Object.entries(rest)) }))[0]).toContain(message)
  })

  test.each([undefined, null, [], 'listeners', 5, new Date(), (): void => {}])('is not %o', (given) => {
    expect(problemsOf(given as unknown as ServerConfig)[0]).toContain(' must be a mapping of keys to values')
  })

  test('may have two listeners on any free port each', () => {
    const listeners = ['a', 'b'].map((name) => ({ ...LISTENER, name, listen: 'localhost:0' }))

    expect(problemsOf(config({ rest: { listeners } }))).toEqual([])
  })

  test('never has more workers for auto than an upstream has connections', () => {
    expect(resolveConfig(config({ rest: { workers: 'auto' }, upstream: { maxSize: 1 } })).workers).toBe(1)
  })

  test('is refused soon though nobody knows ten thousand of its keys', () => {
    const rest = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`unknown${index}`, 1]))

    expect(problemsOf(config({ rest }))).toHaveLength(10_000)
  })

  test('has all of its problems told at once, one a line', () => {
    const given = config({
      listener: { listen: 5, maxclients: 1 },
      upstream: { endpoints: ['a'] },
      rest: { workers: -1 },
    })

    expect(() => resolveConfig(given)).toThrow(`4 problems:\n${problemsOf(given).join('\n')}`)
    expect(problemsOf(given).map((line) => line.split(' ')[0])).toEqual([
      'workers',
      'upstreams.redis.endpoints[0]',
      'listeners[0].maxclients',
      'listeners[0].listen',
    ])
  })
})
