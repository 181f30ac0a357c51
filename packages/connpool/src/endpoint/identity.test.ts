import { createSecureContext } from 'node:tls'
import { describe, expect, test } from 'vitest'

import { type EndpointObject, parseEndpoint } from '../endpoint.ts'
import { identityOf } from './identity.ts'

const HOST = { host: 'db.internal', port: 5432 }

const identity = (given: EndpointObject | string): string => identityOf(parseEndpoint(given))
const withTls = (tls: EndpointObject['tls']): string => identity({ ...HOST, ...(tls !== undefined && { tls }) })

describe('endpoints are one', () => {
  test.each([
    ['spellings of one address', 'DB.internal:5432', 'tcp://db.internal:5432'],
    ['a text and an object', 'db.internal:5432', HOST],
    ['TLS with the defaults, as a text and as an object', 'tls://db.internal:5432', { ...HOST, tls: true }],
    ['TLS with the defaults, and with no options', { ...HOST, tls: true }, { ...HOST, tls: {} }],
    ['no TLS, and TLS that is off', HOST, { ...HOST, tls: false }],
  ])('%s', (_what, one, other) => {
    expect(identity(one)).toBe(identity(other))
  })

  test('whose options are equal, in whatever order they were written', () => {
    expect(withTls({ servername: 'a', rejectUnauthorized: false })).toBe(
      withTls({ rejectUnauthorized: false, servername: 'a' }),
    )
  })

  test('whose certificates have the same bytes', () => {
    const session = (text: string): string => withTls({ session: Buffer.from(text) })

    expect(session('one')).toBe(session('one'))
    expect(withTls({ ALPNProtocols: ['h2', 'x'] })).toBe(withTls({ ALPNProtocols: ['h2', 'x'] }))
  })

  test('whose functions and contexts are the same', () => {
    const checkServerIdentity = (): undefined => undefined
    const secureContext = createSecureContext()

    expect(withTls({ checkServerIdentity, secureContext })).toBe(withTls({ checkServerIdentity, secureContext }))
  })
})

describe('endpoints are not one', () => {
  test.each<[string, EndpointObject | string, EndpointObject | string]>([
    ['on another port', 'h:1', 'h:2'],
    ['one of which uses TLS', 'h:1', 'tls://h:1'],
    ['one of which uses TLS on a Unix socket', { path: '/run/x' }, { path: '/run/x', tls: true }],
    ['whose names for TLS differ', { ...HOST, tls: { servername: 'a' } }, { ...HOST, tls: { servername: 'b' } }],
    ['one of which takes any certificate', { ...HOST, tls: true }, { ...HOST, tls: { rejectUnauthorized: false } }],
    [
      'one list and two that look like it',
      { ...HOST, tls: { ALPNProtocols: ['a', 'b'] } },
      { ...HOST, tls: { ALPNProtocols: ['a","b'] } },
    ],
    [
      'whose bytes differ',
      { ...HOST, tls: { session: Buffer.from('a') } },
      { ...HOST, tls: { session: Buffer.from('b') } },
    ],
  ])('%s', (_what, one, other) => {
    expect(identity(one)).not.toBe(identity(other))
  })

  test('whose functions or contexts are others', () => {
    expect(withTls({ checkServerIdentity: () => undefined })).not.toBe(
      withTls({ checkServerIdentity: () => undefined }),
    )
    expect(withTls({ secureContext: createSecureContext() })).not.toBe(
      withTls({ secureContext: createSecureContext() }),
    )
  })

  test('whose keys differ though they are deep in a list', () => {
    const key = (passphrase: string): object => ({ key: [{ pem: Buffer.from('pem'), passphrase }] })
    const of = (tls: object): string => identityOf({ kind: 'tcp', text: 'tls://h:1', tls })

    expect(of(key('a'))).toBe(of(key('a')))
    expect(of(key('a'))).not.toBe(of(key('b')))
  })
})

test('no option is shown', () => {
  expect(withTls({ servername: 'secret.internal', passphrase: 'hunter2' })).not.toMatch(/secret|hunter2/)
})
