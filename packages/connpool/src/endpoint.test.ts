import { createSecureContext } from 'node:tls'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { refusalOf, revokedProxy } from '../test/refusal.ts'
import { copyEndpoint, type EndpointLike, parseEndpoint } from './endpoint.ts'
import { longestPathBytes } from './endpoint/unix-path.ts'

/** What a JavaScript caller may pass. */
const parse = (given: unknown): ReturnType<typeof parseEndpoint> => parseEndpoint(given as EndpointLike)

describe('an endpoint as text', () => {
  test.each([
    ['localhost:6379', { kind: 'tcp', host: 'localhost', port: 6379, tls: undefined }],
    ['10.0.0.1:1', { kind: 'tcp', host: '10.0.0.1', port: 1, tls: undefined }],
    ['my_db-1.internal.:65535', { kind: 'tcp', host: 'my_db-1.internal.', port: 65_535, tls: undefined }],
    ['[::1]:6379', { kind: 'tcp', host: '::1', port: 6379, tls: undefined }],
    ['[fe80::1%Eth0]:80', { kind: 'tcp', host: 'fe80::1%Eth0', port: 80, tls: undefined }],
    ['tls://db:5432', { kind: 'tcp', host: 'db', port: 5432, tls: {} }],
    ['tls://[::1]:443', { kind: 'tcp', host: '::1', port: 443, tls: {} }],
    ['unix:/run/x.sock', { kind: 'unix', path: '/run/x.sock', tls: undefined }],
    ['unix:/Library/My App/x:1.sock', { kind: 'unix', path: '/Library/My App/x:1.sock', tls: undefined }],
  ])('%s is taken apart', (text, parts) => {
    expect(parseEndpoint(text)).toEqual({ ...parts, text })
  })

  test.each([
    ['tcp://localhost:80', 'localhost:80'],
    ['LocalHost:80', 'localhost:80'],
    ['tls://DB:443', 'tls://db:443'],
    ['[FE80::A%Eth0]:80', '[fe80::a%Eth0]:80'],
  ])('%s is another spelling of %s', (text, canonical) => {
    expect(parseEndpoint(text)).toEqual(parseEndpoint(canonical))
    expect(parseEndpoint(text).text).toBe(canonical)
  })

  test('parses to what it was written from', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6()),
        fc.integer({ min: 1, max: 65_535 }),
        fc.boolean(),
        (host, port, tls) => {
          const endpoint = parseEndpoint({ host, port, tls })

          expect(parseEndpoint(endpoint.text)).toEqual(endpoint)
        },
      ),
    )
  })

  test('parses or is refused, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.webUrl(),
          fc.string().map((end) => `unix:/${end}`),
        ),
        (text) => {
          try {
            expect(parseEndpoint(parseEndpoint(text).text)).toEqual(parseEndpoint(text))
          } catch {
            expect(refusalOf(() => parseEndpoint(text))).toMatch(/endpoint must /)
          }
        },
      ),
    )
  })
})

describe('a malformed text', () => {
  test.each([
    ['', `endpoint must be 'host:port'; got ""`],
    ['localhost', `endpoint must have a port, as 'localhost:6379'; got "localhost"`],
    ['localhost:', 'endpoint must have a port from 1 to 65535; got "localhost:"'],
    ['localhost:0', 'endpoint must have a port from 1 to 65535; got "localhost:0"'],
    ['localhost:65536', 'endpoint must have a port from 1 to 65535; got "localhost:65536"'],
    ['localhost:99999999', 'endpoint must have a port from 1 to 65535; got "localhost:99999999"'],
    ['localhost:080', 'endpoint must have a port from 1 to 65535; got "localhost:080"'],
    ['localhost:80x', 'endpoint must have a port from 1 to 65535; got "localhost:80x"'],
    ['localhost:-1', 'endpoint must have a port from 1 to 65535; got "localhost:-1"'],
    ['localhost:1e3', 'endpoint must have a port from 1 to 65535; got "localhost:1e3"'],
    [':6379', 'endpoint must have a host before its port; got ":6379"'],
    ['tls://:443', 'endpoint must have a host before its port; got "tls://:443"'],
    ['::1:6379', `endpoint must have brackets around its IPv6 address, as '[::1]:6379'; got "::1:6379"`],
    ['::1', `endpoint must have brackets around its IPv6 address, as '[::1]:6379'; got "::1"`],
    ['fe80::1%eth0:80', `endpoint must have brackets around its IPv6 address, as '[::1]:6379'; got "fe80::1%eth0:80"`],
    ['[::1]', `endpoint must have a port, as '[::1]:6379'; got "[::1]"`],
    ['[::1]:', 'endpoint must have a port from 1 to 65535; got "[::1]:"'],
    ['[::1]6379', `endpoint must have an IPv6 address in its brackets, as '[::1]:6379'; got "[::1]6379"`],
    ['[localhost]:80', `endpoint must have an IPv6 address in its brackets, as '[::1]:6379'; got "[localhost]:80"`],
    ['[::1:80', `endpoint must have an IPv6 address in its brackets, as '[::1]:6379'; got "[::1:80"`],
    ['[]:80', `endpoint must have an IPv6 address in its brackets, as '[::1]:6379'; got "[]:80"`],
    ['host:80:90', `endpoint must be 'host:port' with one colon; got "host:80:90"`],
    ['redis://h:1', 'endpoint must begin with tcp://, tls:// or unix:, or be host:port; got "redis://h:1"'],
    ['TLS://h:1', 'endpoint must begin with tcp://, tls:// or unix:, or be host:port; got "TLS://h:1"'],
    ['h:1/', 'endpoint must end after the port; got "h:1/"'],
    ['tcp://h:1?a=b', 'endpoint must end after the port; got "tcp://h:1?***"'],
    [' h:1', 'endpoint must have no space and no control characters; got " h:1"'],
    ['h:1\n', String.raw`endpoint must have no space and no control characters; got "h:1\n"`],
    ['h\0:1', String.raw`endpoint must have no space and no control characters; got "h\u0000:1"`],
    ['127.1:80', 'endpoint must have an ASCII host name or an IP address before its port; got "127.1:80"'],
    ['10.0.0.256:80', 'endpoint must have an ASCII host name or an IP address before its port; got "10.0.0.256:80"'],
    ['0x7f.1:80', 'endpoint must have an ASCII host name or an IP address before its port; got "0x7f.1:80"'],
    ['a..b:80', 'endpoint must have an ASCII host name or an IP address before its port; got "a..b:80"'],
    ['bücher.de:80', 'endpoint must have an ASCII host name or an IP address before its port; got "bücher.de:80"'],
    ['unix:', 'the path of endpoint must be a path that is not empty; got ""'],
    ['unix:x.sock', `the path of endpoint must be an absolute path, as 'unix:/run/x.sock'; got "x.sock"`],
    ['unix:///x', `the path of endpoint must be a path with one leading slash, as 'unix:/run/x.sock'; got "///x"`],
    [
      'unix:/x\0',
      String.raw`the path of endpoint must be a path without NUL, control characters or space around it; got "/x\u0000"`,
    ],
    ['unix:/x ', 'the path of endpoint must be a path without NUL, control characters or space around it; got "/x "'],
  ])('%j is refused with its rule', (text, message) => {
    expect(refusalOf(() => parseEndpoint(text))).toBe(message)
  })

  test.each([
    ['tls://user:hunter2@h:1/x', 'got "tls://***@h:1/x"'],
    ['user:hunter2@h:1', 'got "***@h:1"'],
    ['redis://:hunter2@h:1', 'got "redis://***@h:1"'],
    ['redis://u:hunter2/@x@h:1', 'got "redis://***@h:1"'],
    ['redis://h:1?password=hunter2', 'got "redis://h:1?***"'],
    ['tls://u:hunter2\n@h:1', 'got "tls://***@h:1"'],
  ])('%j shows no password', (text, shown) => {
    const message = refusalOf(() => parseEndpoint(text))

    expect(message).toContain(shown)
    expect(message).not.toContain('hunter2')
  })

  test('is named as the caller says', () => {
    expect(refusalOf(() => parseEndpoint('h', 'endpoints[2]'))).toMatch(/^endpoints\[2\] must have a port/)
    expect(refusalOf(() => parseEndpoint({ host: 'h', port: 0 }, 'endpoints[2]'))).toMatch(/^endpoints\[2\]\.port must/)
  })
})

describe('a path', () => {
  test('may be as long as the system allows, and no longer', () => {
    const longest = longestPathBytes(process.platform)
    const path = `/${'é'.repeat((longest - 1) / 2)}`

    expect(parse({ path })).toMatchObject({ kind: 'unix', path })
    expect(refusalOf(() => parse({ path: `${path}x` }))).toContain(
      `endpoint.path must be a path of at most ${longest} bytes`,
    )
    expect(refusalOf(() => parse(`unix:${path}x`))).toContain(`a path of at most ${longest} bytes`)
  })

  test('has the limit of its system', () => {
    expect((['linux', 'darwin', 'freebsd', 'win32'] as const).map(longestPathBytes)).toEqual([107, 103, 103, 256])
  })
})

describe('an endpoint as an object', () => {
  test.each([
    [{ host: 'DB', port: 5432 }, 'db:5432'],
    [{ host: '::1', port: 1 }, '[::1]:1'],
    [{ host: 'db', port: 5432, tls: true }, 'tls://db:5432'],
    [{ host: 'db', port: 5432, tls: {} }, 'tls://db:5432'],
    [{ host: 'db', port: 5432, tls: false }, 'db:5432'],
    [{ host: 'db', port: 5432, tls: undefined, path: undefined }, 'db:5432'],
    [{ path: '/run/x.sock' }, 'unix:/run/x.sock'],
    [{ path: '/run/x.sock', tls: true }, 'unix:/run/x.sock'],
  ])('%o is %s', (given, text) => {
    expect(parse(given).text).toBe(text)
  })

  test.each([
    [undefined, 'endpoint must be a string or an object; got undefined'],
    [null, 'endpoint must be a string or an object; got null'],
    [6379, 'endpoint must be a string or an object; got 6379'],
    [[], 'endpoint must be a string or an object; got an array'],
    [new URL('tcp://h:1'), 'unknown option endpoint.'],
    [{}, 'endpoint.host must be given (or a path); got undefined'],
    [{ host: 'h' }, 'endpoint.port must be a whole number from 1 to 65535; got undefined'],
    [{ port: 1 }, 'endpoint.host must be given (or a path); got undefined'],
    [{ host: 'h', path: '/x' }, 'endpoint must have a path, or a host and a port; got both'],
    [{ port: 1, path: '/x' }, 'endpoint must have a path, or a host and a port; got both'],
    [{ host: '', port: 1 }, 'endpoint.host must be a host name or an IP address'],
    [{ host: '[::1]', port: 1 }, 'endpoint.host must be a host name or an IP address (no brackets'],
    [{ host: 'h:1', port: 1 }, 'endpoint.host must be a host name or an IP address (no brackets, no port'],
    [{ host: 'a b', port: 1 }, 'endpoint.host must be a host name or an IP address'],
    [{ host: 'u:hunter2@h', port: 1 }, 'got "***@h"'],
    [{ host: null, port: 1 }, 'endpoint.host must be a host name or an IP address'],
    [{ host: 5, port: 1 }, 'endpoint.host must be a host name or an IP address'],
    [{ host: 'h', port: '1' }, 'endpoint.port must be a whole number from 1 to 65535; got "1"'],
    [{ host: 'h', port: 0 }, 'endpoint.port must be a whole number from 1 to 65535; got 0'],
    [{ host: 'h', port: 65_536 }, 'endpoint.port must be a whole number from 1 to 65535; got 65536'],
    [{ host: 'h', port: 1.5 }, 'endpoint.port must be a whole number from 1 to 65535; got 1.5'],
    [{ host: 'h', port: NaN }, 'endpoint.port must be a whole number from 1 to 65535; got NaN'],
    [{ host: 'h', port: null }, 'endpoint.port must be a whole number from 1 to 65535; got null'],
    [{ path: '' }, 'endpoint.path must be a path that is not empty; got ""'],
    [{ path: 5 }, 'endpoint.path must be a string; got 5'],
    [{ path: null }, 'endpoint.path must be a string; got null'],
    [{ path: 'x.sock' }, 'endpoint.path must be an absolute path'],
    [{ path: '\0abstract' }, 'endpoint.path must be a path without NUL'],
    [{ host: 'h', prot: 1 }, 'unknown option endpoint.prot; did you mean endpoint.port?'],
    [{ host: 'h', port: 1, password: 'hunter2' }, 'unknown option endpoint.password; known are host, port, path, tls'],
  ])('%o is refused with its rule', (given, message) => {
    const refusal = refusalOf(() => parse(given))

    expect(refusal).toContain(message)
    expect(refusal).not.toContain('hunter2')
  })
})

test('an endpoint that cannot be read is refused', () => {
  expect(refusalOf(() => parse(revokedProxy()))).toBe('endpoint must be a string or an object; got an object')
})

describe('TLS options', () => {
  const at = (tls: unknown): unknown => ({ host: 'h', port: 1, tls })

  test('are copied, so that later changes do not reach later dials', () => {
    const given = { servername: 'a', ALPNProtocols: ['h2'] }
    const { tls } = parse(at(given))

    given.servername = 'b'
    given.ALPNProtocols.push('http/1.1')

    expect(tls).toEqual({ servername: 'a', ALPNProtocols: ['h2'] })
  })

  test('are copied with the bytes of keys, so that a buffer may be used for another', () => {
    const session = Buffer.from('one')
    const pem = Buffer.from('two')
    const copy = copyEndpoint({ host: 'h', port: 1, tls: { session, key: [{ pem }] } })

    session.fill('x')
    pem.fill('x')

    expect(copy).toMatchObject({ tls: { session: Buffer.from('one'), key: [{ pem: Buffer.from('two') }] } })
  })

  test('cannot be changed by one dial for the next', () => {
    const { tls } = parse(at({ ca: [] }))

    expect(Object.isFrozen(tls)).toBe(true)
    expect(Object.isFrozen(tls?.ca)).toBe(true)
  })

  test.each([null, 1, 'secret key', [], () => true])('are not %o, which is not shown', (tls) => {
    const refusal = refusalOf(() => parse(at(tls)))

    expect(refusal).toContain('endpoint.tls must be true, false or an object of options for tls.connect; got')
    expect(refusal).not.toContain('secret')
  })

  test.each(['host', 'port', 'path', 'socket', 'onread', 'signal', 'allowHalfOpen', 'keepAlive', 'noDelay'])(
    'do not say what the endpoint or the pool says: %s is refused',
    (name) => {
      expect(refusalOf(() => parse(at({ [name]: 'secret' })))).toBe(
        `endpoint.tls.${name} must be absent: the endpoint or the pool sets it; got a value`,
      )
    },
  )

  test.each(['__proto__', 'constructor', 'prototype'])('have no %s', (name) => {
    const tls: unknown = JSON.parse(`{ "${name}": { "rejectUnauthorized": false } }`)

    expect(refusalOf(() => parse(at(tls)))).toBe(`unknown option endpoint.tls.${name}`)
  })

  test.each([
    { key: 'secret' },
    { key: 'secret', passphrase: 5 },
    { cert: 'secret' },
    { ca: 'secret', ciphers: 'secret' },
    { pfx: 'secret' },
    { minVersion: 'secret' },
  ])('that do not work are found at once: %o', (tls) => {
    expect(refusalOf(() => parse(at(tls)))).toMatch(
      /^endpoint\.tls must be options that tls\.createSecureContext takes; got (ERR_\w+|an error)$/,
    )
  })

  test.each([
    [{ servername: 5 }, 'endpoint.tls.servername must be a string; got 5'],
    [{ rejectUnauthorized: 'no' }, 'endpoint.tls.rejectUnauthorized must be true or false; got a string'],
    [{ checkServerIdentity: true }, 'endpoint.tls.checkServerIdentity must be a function; got true'],
  ])('that Node would misread are refused: %o', (tls, message) => {
    expect(refusalOf(() => parse(at(tls)))).toBe(message)
  })

  test('may bring a secure context of their own', () => {
    const secureContext = createSecureContext()

    expect(parse(at({ secureContext })).tls).toEqual({ secureContext })
  })

  test('that cannot be read are refused without their value', () => {
    const tls = {
      get key(): string {
        throw new Error('secret')
      },
    }

    expect(refusalOf(() => parse(at(tls)))).toBe('endpoint.tls.key must be readable; reading it threw an error')
  })
})

describe('an endpoint for hooks', () => {
  test('is the text as it was given', () => {
    expect(copyEndpoint('TCP.example:1')).toBe('TCP.example:1')
  })

  test.each([true, false, undefined, { servername: 'a' }])('is a frozen copy of the object, with tls %o', (tls) => {
    const given = { host: 'DB', port: 1, ...(tls !== undefined && { tls }) }

    const copy = copyEndpoint(given)

    expect(copy).toEqual(given)
    expect(copy).not.toBe(given)
    expect(Object.isFrozen(copy)).toBe(true)
  })
})
