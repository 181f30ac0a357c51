/** PROXY headers of others that we read, and ours that others read. */
import { afterEach, describe, expect, test } from 'vitest'

import { until } from '../../../../connpool/test/fixtures/until.ts'
import { needs } from '../../../../connpool/test/requirements.ts'
import type { Handler } from '../../../src/handler.ts'
import { Client } from '../../fixtures/client.ts'
import { Front } from '../../fixtures/front.ts'
import { HaproxyServer } from '../../fixtures/real/haproxy-server.ts'
import { NginxServer } from '../../fixtures/real/nginx-server.ts'
import { echo, ScriptedBackend } from '../../fixtures/scripted-backend.ts'

const cleanups: AsyncDisposable[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup[Symbol.asyncDispose]()
})

function kept<T extends AsyncDisposable>(one: T): T {
  cleanups.push(one)
  return one
}

async function client(port: number): Promise<Client & { readonly from: number }> {
  const one = await Client.connect(port)
  cleanups.push({ [Symbol.asyncDispose]: () => Promise.resolve(one[Symbol.dispose]()) })
  return Object.assign(one, { from: one.socket.localPort ?? 0 })
}

const PROXY_PROTOCOL = { accept: ['127.0.0.0/8'] }

describe.each(['send-proxy', 'send-proxy-v2'])('HAProxy before us with %s', needs('haproxy'), (how) => {
  async function haproxyBefore(front: Front): Promise<HaproxyServer> {
    return kept(
      await HaproxyServer.start(
        (address) => `listen before\n  mode tcp\n  bind ${address}\n  server us 127.0.0.1:${front.port} ${how}`,
      ),
    )
  }

  test('says who the client is, and our log and sessions know it', async () => {
    const handle: Handler = (_request, { session }) => `${session.remoteAddress} ${session.remotePort}`
    const front = kept(await Front.start({ listener: { protocol: 'lines', handle, proxyProtocol: PROXY_PROTOCOL } }))
    const { port } = await haproxyBefore(front)
    const one = await client(port)

    expect(await one.ask('who am I?\n')).toBe(`127.0.0.1 ${one.from}\n`)
    one.socket.end()
    await until('its session is over', () => front.log.ended.some(({ remotePort }) => remotePort === one.from))
    expect(front.log.ended.find(({ remotePort }) => remotePort === one.from)).toMatchObject({
      remoteAddress: '127.0.0.1',
      end: '--',
    })
  })

  test('loses no byte of what comes behind the header', async () => {
    const backend = kept(await ScriptedBackend.start(echo))
    const upstream = { endpoints: [backend.endpoint], pool: { maxSize: 20 } }
    const front = kept(await Front.start({ listener: { protocol: 'tcp', proxyProtocol: PROXY_PROTOCOL }, upstream }))
    const { port } = await haproxyBefore(front)
    const clients = await Promise.all(Array.from({ length: 20 }, () => client(port)))

    const asked = clients.map(async (each, index) => await each.ask(`${index} ${'x'.repeat(5_000)}\n`))

    expect(await Promise.all(asked)).toEqual(clients.map((_, index) => `${index} ${'x'.repeat(5_000)}\n`))
    expect(front.stats.refused).toEqual({})
  })

  test('has its health checks answered, and they are nobody’s sessions in the log', async () => {
    const front = kept(
      await Front.start({
        listener: { protocol: 'lines', handle: () => 'fine', proxyProtocol: PROXY_PROTOCOL },
      }),
    )
    const { port } = kept(
      await HaproxyServer.start(
        (address) => `listen before
  mode tcp
  bind ${address}
  server us 127.0.0.1:${front.port} ${how} check check-send-proxy inter 50ms`,
      ),
    )
    await until('it has checked a few times', () => front.log.ended.length + front.log.refusals.length >= 3)
    const one = await client(port)

    expect(await one.ask('how are you?\n')).toBe('fine\n')
  })
})

describe('a client that brings no PROXY header where one has to be', () => {
  test('is not served', async () => {
    const front = kept(
      await Front.start({ listener: { protocol: 'lines', handle: () => 'no', proxyProtocol: PROXY_PROTOCOL } }),
    )
    const one = await client(front.port)

    one.send('let me in\n')
    await one.closes()

    expect(one.text).toBe('')
    expect(front.stats.refused).toEqual({ 'proxy-header': 1 })
  })
})

describe.each(['v1', 'v2'] as const)('our PROXY header %s', (proxyProtocol) => {
  async function frontBefore(endpoint: string): Promise<Front> {
    return kept(
      await Front.start({ listener: { protocol: 'tcp' }, upstream: { endpoints: [endpoint], proxyProtocol } }),
    )
  }

  async function whoami(front: Front): Promise<[said: string, from: number]> {
    const one = await client(front.port)
    one.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    await one.ends()
    return [one.text.split('\r\n\r\n')[1] ?? '', one.from]
  }

  test('tells nginx who the client is', needs('nginx'), async () => {
    const location = 'location / { return 200 "$proxy_protocol_addr $proxy_protocol_port"; }'
    const nginx = kept(await NginxServer.start(location, 'proxy_protocol'))

    const [said, from] = await whoami(await frontBefore(nginx.endpoint))

    expect(said).toBe(`127.0.0.1 ${from}`)
  })

  test('tells HAProxy who the client is', needs('haproxy'), async () => {
    const haproxy = kept(
      await HaproxyServer.start(
        (address) => `frontend behind
  mode http
  bind ${address} accept-proxy
  http-request return status 200 content-type text/plain lf-string "%[src] %[src_port]"`,
      ),
    )

    const [said, from] = await whoami(await frontBefore(haproxy.endpoint))

    expect(said).toBe(`127.0.0.1 ${from}`)
  })
})
