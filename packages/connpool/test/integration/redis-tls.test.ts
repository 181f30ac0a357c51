import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { EndpointObject, PoolOptions } from 'connpool'

import { ownPool } from '../fixtures/own-pool.ts'
import { command } from '../fixtures/redis-command.ts'
import { RedisServer } from '../fixtures/redis-server.ts'
import { until } from '../fixtures/until.ts'
import { needs } from '../requirements.ts'
import { certificate, privateKey } from './loopback.ts'

const impatient = { backoff: { baseMs: 1, maxMs: 1 } } as const

function fileOf(name: string): string {
  return fileURLToPath(new URL(`./certificates/${name}`, import.meta.url))
}

function startSecure(name: 'localhost' | 'elsewhere', asksForCertificates = false): Promise<RedisServer> {
  return RedisServer.start({
    'tls-port': 'free',
    'tls-cert-file': fileOf(`${name}.crt`),
    'tls-key-file': fileOf(`${name}.key`),
    'tls-ca-cert-file': fileOf('authority.crt'),
    'tls-auth-clients': asksForCertificates ? 'yes' : 'no',
  })
}

const ping = (socket: Socket): Promise<string> => command(socket, ['PING'])

function secure({ port }: RedisServer, tls: EndpointObject['tls'], host = 'localhost'): PoolOptions {
  return { endpoint: { host, port, ...(tls !== undefined && { tls }) } }
}

describe('redis over TLS', needs('redis-server'), () => {
  test('is used like any other, over few connections', async () => {
    await using redis = await startSecure('localhost')
    const pool = ownPool({ ...secure(redis, { ca: certificate('authority') }), maxSize: 2 })

    const answers = await Promise.all(Array.from({ length: 200 }, () => pool.use(ping)))

    expect(new Set(answers)).toEqual(new Set(['+PONG']))
    expect(pool.stats()).toMatchObject({ dials: 2, total: 2 })
  })

  test('whose certificate is for another name is refused, with that as the cause', async () => {
    await using redis = await startSecure('elsewhere')
    const pool = ownPool({ ...secure(redis, { ca: certificate('authority') }), ...impatient })

    const error = await pool.acquire().catch((reason: unknown) => reason)

    expect(error).toMatchObject({ code: 'DIAL_FAILED', cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } })
    await until('redis knows only of who asks', async () => (await redis.info('connected_clients')) === 1)
  })

  test('is found under the name that was asked for', async () => {
    await using redis = await startSecure('elsewhere')
    const tls = { ca: certificate('authority'), servername: 'elsewhere.test' }
    const pool = ownPool(secure(redis, tls))

    expect(await pool.use(ping)).toBe('+PONG')
  })

  test('of an unknown authority is refused, with that as the cause', async () => {
    await using redis = await startSecure('localhost')
    const pool = ownPool({ ...secure(redis, true), ...impatient })

    const error = await pool.acquire().catch((reason: unknown) => reason)

    const code = expect.stringMatching(/^(UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN)$/) as string
    expect(error).toMatchObject({ code: 'DIAL_FAILED', cause: { code } })
  })

  test('that asks for a certificate is shown the one given', async () => {
    await using redis = await startSecure('localhost', true)
    const tls = { ca: certificate('authority'), cert: certificate('client'), key: privateKey('client') }
    const pool = ownPool({ ...secure(redis, tls), maxSize: 1 })

    for (let round = 0; round < 20; round++) expect(await pool.use(ping)).toBe('+PONG')

    expect(pool.stats().dials).toBe(1)
  })

  test('that asks for a certificate and gets none refuses, which a setup that talks finds out at the dial', async () => {
    await using redis = await startSecure('localhost', true)
    const pool = ownPool({ ...secure(redis, { ca: certificate('authority') }), onConnect: ping, ...impatient })

    const error = await pool.acquire().catch((reason: unknown) => reason)

    expect(error).toMatchObject({ code: 'DIAL_FAILED' })
    expect(String((error as Error).cause)).toMatch(/alert|ECONNRESET|lost/i)
  })

  test('that is spoken to without TLS is lost, not hung', async () => {
    await using redis = await startSecure('localhost')
    const pool = ownPool({ ...secure(redis, undefined), onConnect: ping, ...impatient })

    await expect(pool.acquire()).rejects.toMatchObject({ code: 'DIAL_FAILED' })
  })
})
