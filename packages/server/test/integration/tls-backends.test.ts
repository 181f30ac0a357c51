import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer as createPlainServer, type Socket } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import { fileURLToPath } from 'node:url'

import { type Discovery, Pool, systemClock } from 'connpool'
import { afterEach, describe, expect, test } from 'vitest'

import { Relay } from '../../../connpool/test/fixtures/relay.ts'
import { until } from '../../../connpool/test/fixtures/until.ts'
import { resolveConfig } from '../../src/config/resolve-config.ts'
import type { Backend } from '../../src/session/port-of.ts'
import { backendDialer } from '../../src/upstreams/dial-backend.ts'
import { NamedUpstream } from '../../src/upstreams/named-upstream.ts'
import { Client } from '../fixtures/client.ts'
import { dialContext } from '../fixtures/dial-context.ts'
import { Front } from '../fixtures/front.ts'
import { RecordingLog } from '../fixtures/recording-log.ts'

const cleanups: (() => Promise<unknown> | void)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

function certificate(name: string): string {
  return fileURLToPath(new URL(`../../../connpool/test/integration/certificates/${name}`, import.meta.url))
}

const ca = readFileSync(certificate('authority.crt'))
const OWN = { key: readFileSync(certificate('localhost.key')), cert: readFileSync(certificate('localhost.crt')) }

/** Speaks TLS and nothing else. Its port. */
async function secured(script: (socket: TLSSocket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer({ ...OWN, allowHalfOpen: true }, (socket) => script(socket.on('error', () => undefined)))
  server.on('connection', (socket: Socket) => sockets.add(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

const echo = (socket: TLSSocket): void => void socket.pipe(socket)

const dial = backendDialer({ keepAliveMs: 60_000, noDelay: true })

function poolOf(port: number, servername: string): Pool<Backend> {
  const endpoint = { host: '127.0.0.1', port, tls: { ca, servername } }
  const pool = new Pool<Backend>({ endpoint, maxSize: 1, dial, acquireTimeoutMs: 2_000 })
  cleanups.push(() => pool.destroy())
  return pool
}

describe('a backend behind TLS', () => {
  test('is dialed by a secure socket, and lent again', async () => {
    const port = await secured(echo)
    const pool = poolOf(port, 'localhost')
    const first = await pool.acquire()
    const { connection } = first
    first.release()

    const second = await pool.acquire()

    expect(second.connection).toBe(connection)
    expect(second.connection).toMatchObject({ encrypted: true, authorized: true })
    second.release()
  })

  test('is refused when its certificate is for another', async () => {
    const port = await secured(echo)

    const refused = poolOf(port, 'elsewhere.test').acquire()

    await expect(refused).rejects.toMatchObject({ cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } })
  })

  test('is left alone when the dial is given up during the handshake', async () => {
    const peers: Client[] = []
    const silent = createPlainServer((socket) => peers.push(new Client(socket))).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    cleanups.push(() => void silent.close())
    const { port } = silent.address() as AddressInfo
    const abort = new AbortController()
    const dialed = dial(dialContext({ host: '127.0.0.1', port, tls: { ca } }, abort))
    await until('it has said hello', () => (peers[0]?.bytesReceived ?? 0) > 0)

    abort.abort(new Error('enough'))

    await expect(dialed).rejects.toThrow('enough')
    await peers[0]?.ends()
    peers[0]?.[Symbol.dispose]()
  })

  test.each([
    ['lines', 'ERR connpool: the backend connection was lost, the request may have been carried out\n', undefined],
    ['tcp', '', 'ECONNRESET'],
  ] as const)('is lost to %s at once when it cannot be deciphered any more', async (protocol, text, errorCode) => {
    const relay = await Relay.to(await secured((socket) => socket.resume()))
    cleanups.push(async () => await relay[Symbol.asyncDispose]())
    const front = await frontOf({ endpoints: [`127.0.0.1:${relay.endpoint.port}`], tls: TLS }, protocol)
    const client = await clientOf(front)
    client.send('hello\n')
    await until('it is on its way', () => front.pool.leased === 1)

    relay.say('client', 'this is not TLS '.repeat(9))

    await until('it is told', () => client.bytesReceived > 0 || client.hasEnded || client.isClosed)
    expect(client).toMatchObject({ text, errorCode, hasEnded: false })
  })

  test('may end first, and is sent what its client still has to say', async () => {
    let heard = ''
    const port = await secured((socket) => {
      socket.end('that is all\n')
      socket.on('data', (bytes: Buffer) => (heard += bytes.toString())).on('end', () => (heard += '|end'))
    })
    const front = await frontOf({ endpoints: [`127.0.0.1:${port}`], tls: TLS }, 'tcp')
    const client = await clientOf(front)
    client.send('hello\n')
    await client.ends()

    client.socket.end('still here\n')

    await until('it has heard all', () => heard === 'hello\nstill here\n|end')
  })
})

const TLS = { ca: certificate('authority.crt'), servername: 'localhost' }

async function frontOf(
  upstream: Parameters<typeof Front.start>[0]['upstream'],
  protocol: 'lines' | 'tcp' = 'lines',
): Promise<Front> {
  const front = await Front.start({ listener: { protocol }, ...(upstream && { upstream }) })
  cleanups.push(async () => await front[Symbol.asyncDispose]())
  return front
}

async function clientOf(front: Front): Promise<Client> {
  const client = await Client.connect(front.port)
  cleanups.push(() => client[Symbol.dispose]())
  return client
}

describe('TLS that was not there when the upstream was made', () => {
  test('comes with a reload', async () => {
    const port = await secured(echo)
    const front = await frontOf({ endpoints: ['127.0.0.1:1'] })
    const client = await clientOf(front)

    await front.server.reload({
      admin: 'off',
      listeners: [{ name: 'main', listen: '127.0.0.1:0', protocol: 'lines', upstream: 'backend' }],
      upstreams: { backend: { endpoints: [`127.0.0.1:${port}`], tls: TLS } },
    })

    expect(await client.ask('hello\n')).toBe('hello\n')
  })

  test('comes with endpoints that are discovered', async () => {
    const port = await secured(echo)
    const endpoints: Discovery = {
      watch: (listener) => {
        listener.endpoints([{ host: '127.0.0.1', port, tls: { ca, servername: 'localhost' } }])
        return { [Symbol.dispose]: () => undefined }
      },
    }
    const [settings] = resolveConfig({
      listeners: [{ listen: '127.0.0.1:0', protocol: 'lines', upstream: 'found' }],
      upstreams: { found: { endpoints: ['a:1'] } },
    }).upstreams
    if (settings === undefined) throw new Error('there is no upstream')
    const options = { ...settings.options, endpoints }
    const upstream = new NamedUpstream({ ...settings, options }, { clock: systemClock, log: new RecordingLog() })
    cleanups.push(async () => await upstream.close(0))

    const lease = await upstream.lend(AbortSignal.timeout(5_000))

    expect(lease.connection).toMatchObject({ encrypted: true, authorized: true })
    lease.release()
  })
})
