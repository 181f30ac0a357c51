import { createServer, type AddressInfo, connect } from 'node:net'
import { once } from 'node:events'

import { afterEach, describe, expect, test } from 'vitest'

import { AdminServer, type AdminServerOptions } from '../../../src/admin/admin-server.ts'
import { Secret } from '../../../src/config/secret.ts'
import { parseExposition } from '../../fixtures/parse-exposition.ts'
import { askRaw, sendRaw } from '../../fixtures/raw-http.ts'
import { RecordingControl } from '../../fixtures/recording-control.ts'
import { RecordingLog } from '../../fixtures/recording-log.ts'
import { serverSettings } from '../../fixtures/settings.ts'
import { listenerStats, serverStats } from '../../fixtures/stats.ts'

const toClose: { close(): unknown }[] = []

afterEach(async () => {
  for (const each of toClose.splice(0)) await each.close()
})

async function admin(given: Partial<AdminServerOptions> = {}) {
  const control = new RecordingControl()
  const log = new RecordingLog()
  const server = new AdminServer({
    listen: { host: '127.0.0.1', port: 0 },
    token: undefined,
    isAskedFor: true,
    control,
    log,
    settings: () => serverSettings(),
    ...given,
  })
  toClose.push(server)
  const address = await server.listen()
  const ask = (line: string, ...headers: string[]) =>
    askRaw(
      address.port,
      line,
      ...(headers.some((header) => header.startsWith('Host:')) ? [] : ['Host: localhost']),
      ...headers,
    )
  return { server, control, log, address, ask }
}

describe('the admin listener', () => {
  test('says that the process lives, whatever the server does', async () => {
    const { ask, control } = await admin()
    control.isReady = { ready: false, reasons: ['draining'] }
    control.answer = () => Promise.reject(new Error('no'))

    expect(await ask('GET /healthz')).toMatchObject({ status: 200, body: '{"status":"ok"}\n' })
  })

  test('says whether the server is ready, and why not', async () => {
    const { ask, control } = await admin()

    const before = await ask('GET /readyz')
    control.isReady = { ready: false, reasons: ['draining'] }
    const after = await ask('GET /readyz')

    expect([before.status, after.status]).toEqual([200, 503])
    expect(JSON.parse(after.body)).toEqual({ status: 'not ready', reasons: ['draining'] })
  })

  test('has metrics that a strict scraper reads', async () => {
    const { ask, control } = await admin()
    control.answer = () => Promise.resolve(serverStats({ listeners: { cache: listenerStats({ sessions: 3 }) } }))

    const reply = await ask('GET /metrics')

    expect(reply.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(parseExposition(reply.body).get('connpool_server_sessions')?.samples).toEqual(
      new Map([['connpool_server_sessions{listener="cache"}', 3]]),
    )
  })

  test('has the state as JSON, with numbers that JSON lacks', async () => {
    const { ask, control } = await admin({ settings: () => serverSettings({ drainTimeoutMs: Infinity }) })
    const stats = serverStats({ listeners: { cache: listenerStats({ sessions: 3 }) } })
    control.answer = () => Promise.resolve(stats)

    const reply = await ask('GET /api/state')

    expect(JSON.parse(reply.body)).toEqual({
      settings: { workers: 1, dispatch: 'kernel', drainTimeoutMs: 'Infinity', listeners: [], upstreams: [] },
      stats,
    })
  })

  test('has a page without scripts, in which names are only names', async () => {
    const { ask, control } = await admin()
    control.answer = () => Promise.resolve(serverStats({ listeners: { '<script>"&': listenerStats() } }))

    const { body, headers } = await ask('GET /')

    expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(body).toContain('&lt;script&gt;&quot;&amp;')
    expect(body).not.toMatch(/<script|<form|javascript:|onload/)
  })

  test('pauses, resumes and drains by POST', async () => {
    const { ask, control } = await admin()

    const replies = [
      await ask('POST /api/upstreams/redis/pause'),
      await ask('POST /api/upstreams/redis/resume'),
      await ask('POST /api/drain'),
      await ask('POST /api/upstreams/mysql/pause'),
    ]

    expect(replies.map(({ status }) => status)).toEqual([200, 200, 202, 404])
    expect(control.orders).toEqual(['pause redis', 'resume redis', 'drain'])
  })

  test('says on every answer that nothing may be kept, guessed, framed or loaded', async () => {
    const { ask, address } = await admin()

    const replies = [
      await ask('GET /'),
      await ask('GET /metrics'),
      await ask('GET /nothing'),
      await ask('GET /', 'Host: evil.example'),
      await sendRaw(address.port, 'nonsense\r\n\r\n'),
    ]

    for (const { headers } of replies) {
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; .*frame-ancestors 'none'/)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('x-frame-options')).toBe('DENY')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('access-control-allow-origin')).toBeUndefined()
    }
  })

  test('answers HEAD without a body', async () => {
    const { ask } = await admin()

    const reply = await ask('HEAD /healthz')

    expect([reply.status, reply.body, reply.headers.get('content-length')]).toEqual([200, '', '16'])
  })

  test('asks the server once for all who want its numbers at the same time', async () => {
    const { ask, control } = await admin()
    let answer = (): void => undefined
    control.answer = () => new Promise((resolve) => (answer = () => resolve(serverStats())))

    const replies = [ask('GET /metrics'), ask('GET /api/state'), ask('GET /')]
    await expect.poll(() => control.statsCount).toBe(1)
    await ask('GET /healthz')
    await ask('GET /healthz')
    answer()

    expect((await Promise.all(replies)).map(({ status }) => status)).toEqual([200, 200, 200])
    expect(control.statsCount).toBe(1)
  })
})

describe('when the server does not answer', () => {
  test('the asker is told in time', async () => {
    const { ask, control } = await admin({ timeoutMs: 20 })
    control.answer = () => new Promise(() => undefined)

    expect(await ask('GET /metrics')).toMatchObject({
      status: 503,
      body: '{"error":"the server did not answer in time"}\n',
    })
  })

  test('the error is in the log, not in the answer', async () => {
    const { ask, control, log } = await admin()
    const error = new Error('canary')
    control.answer = () => Promise.reject(error)

    const reply = await ask('GET /metrics')

    expect([reply.status, reply.body.includes('canary')]).toEqual([500, false])
    expect(log.events).toEqual([{ event: 'bug', error }])
  })
})

describe('a hostile request', () => {
  const POST = ['Host: localhost', 'Content-Length: 0']
  test.each<[string, number, string, string[]]>([
    ['drains by GET', 405, 'GET /api/drain', ['Host: localhost']],
    ['drains by HEAD', 405, 'HEAD /api/drain', ['Host: localhost']],
    ['drains by PUT', 405, 'PUT /api/drain', ['Host: localhost']],
    ['asks what is allowed from elsewhere', 405, 'OPTIONS /api/drain', ['Host: localhost']],
    ['has its name point here', 403, 'GET /api/state', ['Host: evil.example']],
    ['has its name point here, with our port', 403, 'GET /metrics', ['Host: evil.example:9900']],
    ['begins like loopback', 403, 'GET /', ['Host: 127.0.0.1.evil.example']],
    ['means every address', 403, 'GET /', ['Host: 0.0.0.0']],
    ['has no Host', 400, 'GET /', ['X: y']],
    ['has two Hosts', 400, 'GET /', ['Host: localhost', 'Host: evil.example']],
    ['has two Hosts, the other way', 400, 'GET /', ['Host: evil.example', 'Host: localhost']],
    ['has a Host that is none', 400, 'GET /', ['Host: a@localhost']],
    ['comes from another page', 403, 'POST /api/drain', [...POST, 'Origin: http://evil.example']],
    ['comes from nowhere', 403, 'POST /api/drain', [...POST, 'Origin: null']],
    ['comes from another port of this machine', 403, 'POST /api/drain', [...POST, 'Origin: http://localhost:3000']],
    ['has two Origins', 403, 'POST /api/drain', [...POST, 'Origin: http://localhost', 'Origin: http://evil.example']],
    ['is sent by a form of another page', 403, 'POST /api/drain', [...POST, 'Sec-Fetch-Site: cross-site']],
    ['is an image on another page', 403, 'GET /metrics', ['Host: localhost', 'Sec-Fetch-Site: cross-site']],
    ['is read by a page of this machine', 403, 'GET /api/state', ['Host: localhost', 'Sec-Fetch-Site: same-site']],
    ['has a body', 413, 'POST /api/drain', ['Host: localhost', 'Content-Length: 1', '', 'x']],
    ['has a body in chunks', 413, 'POST /api/drain', ['Host: localhost', 'Transfer-Encoding: chunked', '', '0', '']],
    ['hides a request in another', 400, 'POST /api/drain', [...POST, 'Transfer-Encoding: chunked', '', '0', '']],
    ['asks for another machine', 404, 'GET http://evil.example/metrics', ['Host: localhost']],
    ['climbs', 404, 'GET /../../etc/passwd', ['Host: localhost']],
    ['is a tunnel', 0, 'CONNECT 127.0.0.1:22', ['Host: localhost']],
    ['has long headers', 431, 'GET /', ['Host: localhost', `X: ${'y'.repeat(10_000)}`]],
    ['has a long target', 431, `GET /${'y'.repeat(10_000)}`, ['Host: localhost']],
    ['breaks the answer in two', 400, 'GET /a\rb', ['Host: localhost']],
  ])('that %s gets %i', async (_what, status, line, headers) => {
    const { address, control } = await admin()

    const reply = await askRaw(address.port, line, ...headers)

    expect([reply.status, control.orders]).toEqual([status, []])
    if (reply.body !== '') expect(JSON.parse(reply.body)).toEqual({ error: expect.any(String) as string })
    if (status === 405) expect(reply.headers.get('allow')).toBe('POST')
  })

  test('that is refused is in the log', async () => {
    const { ask, log } = await admin()

    await ask('GET /', 'Host: evil.example')

    expect(log.refusals).toEqual([{ listener: 'admin', reason: 'not-allowed', remoteAddress: '127.0.0.1' }])
  })

  test.each([
    ['that says nothing', '', 408],
    ['that never ends its headers', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n', 408],
    ['that rests after an answer', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n', 200],
  ])('%s is ended', async (_what, bytes, status) => {
    const { address } = await admin({ timeoutMs: 50 })

    expect((await sendRaw(address.port, bytes)).status).toBe(status)
  })

  test('beyond sixty-four connections is not served, and those within are', async () => {
    const { address, ask } = await admin()
    const held = Array.from({ length: 63 }, () => connect(address.port, '127.0.0.1'))
    await Promise.all(held.map((socket) => once(socket, 'connect')))

    const within = await ask('GET /healthz')
    const last = connect(address.port, '127.0.0.1')
    await once(last, 'connect')
    const beyond = await ask('GET /healthz').catch(() => ({ status: 0 }))

    for (const socket of [...held, last]) socket.destroy()
    expect([within.status, beyond.status]).toEqual([200, 0])
  })
})

describe('with a token', () => {
  const TOKEN = new Secret('open sesame')

  test('what tells or changes something needs it', async () => {
    const { ask, control } = await admin({ token: TOKEN })

    for (const line of ['GET /', 'GET /metrics', 'GET /api/state', 'GET /nothing', 'POST /api/drain']) {
      const without = await ask(line)
      const wrong = await ask(line, 'Authorization: Bearer open')
      expect([line, without.status, wrong.status]).toEqual([line, 401, 401])
      expect(without.headers.get('www-authenticate')).toBe('Bearer')
    }
    expect([control.orders, control.statsCount]).toEqual([[], 0])
  })

  test('whoever has it is let in, by any name', async () => {
    const { ask, control } = await admin({ token: TOKEN })

    const replies = [
      await ask('GET /metrics', 'Authorization: Bearer open sesame'),
      await ask('POST /api/drain', 'Authorization: Bearer open sesame', 'Host: connpool.internal:9900'),
    ]

    expect(replies.map(({ status }) => status)).toEqual([200, 202])
    expect(control.orders).toEqual(['drain'])
  })

  test('health and readiness are for everybody, the reasons are not', async () => {
    const { ask, control } = await admin({ token: TOKEN })
    control.isReady = { ready: false, reasons: ['no endpoint of redis is up'] }

    expect(await ask('GET /healthz')).toMatchObject({ status: 200 })
    expect(await ask('GET /readyz')).toMatchObject({ status: 503, body: '{"status":"not ready"}\n' })
    expect((await ask('GET /readyz', 'Authorization: Bearer open sesame')).body).toContain('redis')
  })

  test('guessing ends after ten tries', async () => {
    const { ask } = await admin({ token: TOKEN })
    for (let i = 0; i < 10; i++) await ask('GET /', `Authorization: Bearer ${i}`)

    const reply = await ask('GET /', 'Authorization: Bearer open sesame')

    expect(reply.status).toBe(429)
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  test('others than this machine may ask', async () => {
    const { address } = await admin({ token: TOKEN, listen: { host: '0.0.0.0', port: 0 } })

    const byAddress = await askRaw(address.port, 'GET /readyz', 'Host: 10.1.2.3:9900')
    const byName = await askRaw(address.port, 'GET /readyz', 'Host: evil.example')

    expect([byAddress.status, byName.status]).toEqual([200, 403])
    expect(address.url).toBe(`http://127.0.0.1:${address.port}`)
  })
})

describe('without a token', () => {
  test.each(['0.0.0.0', '::', '10.0.0.1', 'example.org'])('it does not listen on %s', (host) => {
    const options = { control: new RecordingControl(), log: new RecordingLog(), settings: () => serverSettings() }

    expect(
      () => new AdminServer({ ...options, listen: { host, port: 0 }, token: undefined, isAskedFor: true }),
    ).toThrow(`admin.listen (--admin): ${host} is not loopback, so admin.token is needed`)
  })
})

describe('a port that is taken', () => {
  async function takenPort(): Promise<number> {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    toClose.push(other)
    return (other.address() as AddressInfo).port
  }

  test('is an error that names the setting, if it was asked for', async () => {
    const port = await takenPort()

    await expect(admin({ listen: { host: '127.0.0.1', port } })).rejects.toThrow(
      `admin.listen (--admin): cannot listen on 127.0.0.1:${port}: the port is taken; choose another, or port 0 for any free one (EADDRINUSE)`,
    )
  })

  test('is replaced by a free one if it was the default, and said', async () => {
    const port = await takenPort()

    const { address, ask } = await admin({ listen: { host: '127.0.0.1', port }, isAskedFor: false })

    expect(address.takenPort).toBe(port)
    expect((await ask('GET /healthz')).status).toBe(200)
  })

  test('is not what an address is that this machine does not have', async () => {
    const listening = admin({ listen: { host: '192.0.2.1', port: 0 }, token: new Secret('x'), isAskedFor: false })

    await expect(listening).rejects.toThrow('this machine does not have the address (EADDRNOTAVAIL)')
  })
})

describe('close', () => {
  test('finishes the answer under way, and ends connections at rest', async () => {
    const { server, control, ask, address } = await admin()
    const atRest = connect(address.port, '127.0.0.1')
    await once(atRest, 'connect')
    let answer = (): void => undefined
    control.answer = () => new Promise((resolve) => (answer = () => resolve(serverStats())))
    const reply = ask('GET /metrics')
    await expect.poll(() => control.statsCount).toBe(1)

    const closed = server.close()
    answer()

    expect((await reply).status).toBe(200)
    await closed
    atRest.destroy()
  })

  test('before listen changes nothing, and twice is once', async () => {
    const { server } = await admin()

    await server.close()
    await server.close()
  })
})
