import { readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import { fileURLToPath } from 'node:url'

import { afterEach, describe, expect, test } from 'vitest'

import { Relay } from '../../../../connpool/test/fixtures/relay.ts'
import { turns, until } from '../../../../connpool/test/fixtures/until.ts'
import { proxyHeaderV2 } from '../../../src/listener/proxy-protocol/write-proxy-header.ts'
import { Client } from '../../fixtures/client.ts'
import { echo, perLine } from '../../fixtures/scripted-backend.ts'
import { Setting } from '../../fixtures/setting.ts'

let setting: Setting

afterEach(async () => {
  for (const client of clients.splice(0)) client[Symbol.dispose]()
  await setting[Symbol.asyncDispose]()
})

const doubled = perLine((line, socket) => void socket.write(`${line}${line}\n`))

type Options = Partial<Parameters<typeof Setting.start>[1]>

async function serving(options: Options = {}): Promise<Setting> {
  setting = await Setting.start(doubled, { protocol: 'lines', ...options })
  return setting
}

function certificate(name: string): string {
  return fileURLToPath(new URL(`../../../../connpool/test/integration/certificates/${name}`, import.meta.url))
}

const TLS = { cert: certificate('localhost.crt'), key: certificate('localhost.key') } as const
const ca = readFileSync(certificate('authority.crt'))

const clients: Client[] = []

/** A client with TLS, `first` ahead of it. */
async function secure(options: object = {}, first: string = ''): Promise<Client> {
  const plain = connect(setting.front.port, '127.0.0.1')
  if (first !== '') plain.write(first)
  const socket = connectTls({ socket: plain, servername: 'localhost', ca, ...options })
  const client = new Client(socket)
  clients.push(client)
  await until('the handshake is done', () => socket.authorized || client.isClosed)
  return client
}

describe('a client that is refused', () => {
  test('by maxClients is told so and sees an end; the next comes in when one has left', async () => {
    await serving({ maxClients: 1 })
    const one = await setting.client()
    await one.ask('a\n')
    const two = await setting.client()
    two.send('b\n')
    await two.ends()

    expect(two.text).toBe('ERR connpool: too many clients\n')
    expect(two.errorCode).toBeUndefined()
    one.socket.end()
    await until('it has left', () => setting.front.stats.sessions === 0)
    const three = await setting.client()
    expect(await three.ask('c\n')).toBe('cc\n')
    expect(setting.front.stats.refused).toEqual({ 'too-many-clients': 1 })
  })

  test('by its address, or for how many have it, is told so', async () => {
    await serving({ maxClientsPerAddress: 1 })
    const one = await setting.client()
    await one.ask('a\n')
    const two = await setting.client()
    await two.ends()
    expect(two.text).toBe('ERR connpool: too many clients from this address\n')
    await setting[Symbol.asyncDispose]()

    await serving({ deny: ['127.0.0.0/8'] })
    const three = await setting.client()
    await three.ends()
    expect(three.text).toBe('ERR connpool: this address is not allowed\n')
    expect(setting.front.stats.refused).toEqual({ 'not-allowed': 1 })
  })
})

describe('a PROXY header', () => {
  const HEADER = 'PROXY TCP4 192.0.2.7 192.0.2.1 1234 80\r\n'

  test('from a listed peer says who the client is, in any pieces, with a request behind it', async () => {
    await serving({ proxyProtocol: { accept: ['127.0.0.1'] }, maxClientsPerAddress: 2 })
    const one = await setting.client()
    expect(await one.ask(`${HEADER}a\n`)).toBe('aa\n')
    const two = await setting.client()
    for (const letter of HEADER) {
      two.send(letter)
      await turns(1)
    }
    expect(await two.ask('b\n')).toBe('bb\n')
    const three = await setting.client()
    three.send(HEADER)
    await three.closes()

    expect(setting.front.stats.refused).toEqual({ 'too-many-from-address': 1 })
    one.socket.end()
    await until('the session is over', () => setting.front.log.ended.length === 1)
    expect(setting.front.log.ended[0]).toMatchObject({ remoteAddress: '192.0.2.7', remotePort: 1234 })
  })

  test('of version 2 is understood', async () => {
    await serving({ proxyProtocol: { accept: ['127.0.0.1'] }, deny: ['192.0.2.0/24'] })
    const source = { address: '192.0.2.7', port: 1 }
    const client = await setting.client()
    client.send(proxyHeaderV2(source, source))
    await client.closes()

    expect(setting.front.log.refusals).toEqual([
      { listener: 'main', reason: 'not-allowed', remoteAddress: '192.0.2.7' },
    ])
  })

  test('is required of a listed peer, and in time', async () => {
    await serving({ proxyProtocol: { accept: ['127.0.0.1'] }, acceptTimeout: '60ms' })
    const [wrong, silent] = (await setting.clients(2)) as [Client, Client]
    wrong.send('GET / HTTP/1.1\r\n')
    await wrong.closes()
    await silent.closes()

    expect(setting.front.stats.refused).toEqual({ 'proxy-header': 2 })
    expect(setting.front.stats.sessions).toBe(0)
  })

  test('is not believed from anybody else', async () => {
    await serving({ proxyProtocol: { accept: ['192.0.2.1'] } })
    const client = await setting.client()

    expect(await client.ask(HEADER)).toBe(`${HEADER.trim()}${HEADER.trim()}\n`)
  })

  test.each(['v1', 'v2'] as const)('of %s is the first thing the backend hears', async (version) => {
    setting = await Setting.start(echo, { protocol: 'tcp', upstream: { proxyProtocol: version } })
    const client = await setting.client()
    const { localPort = 0 } = client.socket
    client.send('hello')
    await until('it comes back', () => client.text.endsWith('hello'))

    const [from, to] = [localPort, setting.front.port].map((port) => ({ address: '127.0.0.1', port }))
    const v1 = Buffer.from(`PROXY TCP4 127.0.0.1 127.0.0.1 ${localPort} ${setting.front.port}\r\n`)
    const header = version === 'v1' ? v1 : proxyHeaderV2(from, to)
    expect(client.received.equals(Buffer.concat([header, Buffer.from('hello')]))).toBe(true)
  })
})

const PROXY = 'PROXY TCP4 192.0.2.7 192.0.2.1 1234 80\r\n'

/** The first packet of a client with TLS. */
async function clientHello(): Promise<Buffer> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const socket = connectTls({ port, host: '127.0.0.1' }).on('error', () => undefined)
  const peer = await new Promise<Socket>((resolve) => server.once('connection', resolve))
  const bytes = await new Promise<Buffer>((resolve) => peer.once('data', resolve))
  socket.destroy()
  server.close()
  return bytes
}

describe('TLS', () => {
  test('is ended here; cutting a session does not throw', async () => {
    await serving({ tls: TLS })
    const client = await secure()

    expect(await client.ask('a\n')).toBe('aa\n')
    await setting.front.server.close({ graceMs: 0 })
    await until('it is told', () => client.hasEnded || client.isClosed)
    expect(setting.front.stats.sessions).toBe(0)
  })

  test('comes after the PROXY header, in the same packet or not', async () => {
    await serving({ tls: TLS, proxyProtocol: { accept: ['127.0.0.1'] } })
    const client = await secure({}, PROXY)
    expect(await client.ask('a\n')).toBe('aa\n')
    client.socket.destroy()

    const hello = await clientHello()
    const raw = await setting.client()
    raw.send(Buffer.concat([Buffer.from(PROXY), hello]))
    await until('the server says hello', () => raw.received[0] === 0x16)
    expect(setting.front.stats.refused).toEqual({})
    await until('the first is over', () => setting.front.log.ended.length === 1)
    expect(setting.front.log.ended[0]?.remoteAddress).toBe('192.0.2.7')
  })

  test('may require a certificate of the client', async () => {
    await serving({ tls: { ...TLS, ca: certificate('authority.crt'), clientCertificates: 'required' } })
    const known = { cert: readFileSync(certificate('client.crt')), key: readFileSync(certificate('client.key')) }
    const client = await secure(known)
    expect(await client.ask('a\n')).toBe('aa\n')

    const stranger = await secure()
    await stranger.closes()
    await until('it is counted', () => setting.front.stats.refused.tls === 1)
    expect(setting.front.stats.sessions).toBe(1)
  })

  test('is done with many at once over a Unix socket, and nobody keeps a place', async () => {
    const path = `/tmp/connpool-tls-${process.pid}.sock`
    await serving({ listen: `unix:${path}`, tls: TLS, maxClients: 8 })
    const greet = async (): Promise<string> => {
      const socket = connectTls({ path, servername: 'localhost', ca })
      using client = new Client(socket)
      return await client.ask('a\n')
    }

    for (let round = 0; round < 2; round++) {
      const answers = await Promise.all(Array.from({ length: 8 }, greet))

      expect(new Set(answers)).toEqual(new Set(['aa\n']))
      await until('all have left', () => setting.front.stats.sessions === 0)
    }
    expect(setting.front.stats.refused).toEqual({})
  })

  test('that is none, or takes too long, is refused', async () => {
    await serving({ tls: TLS, acceptTimeout: '80ms' })
    const [wrong, silent] = (await setting.clients(2)) as [Client, Client]
    wrong.send('GET / HTTP/1.1\r\n\r\n')
    await wrong.closes()
    await silent.closes()

    await until('both are counted', () => setting.front.stats.refused.tls === 2)
    expect(setting.front.stats.sessions).toBe(0)
  })

  test('ends with a client that leaves during the handshake, and its place is free', async () => {
    await serving({ tls: TLS, acceptTimeout: '1m', maxClients: 1 })
    const hello = await clientHello()
    for (const [before, said] of [hello.subarray(0, 0), hello.subarray(0, 20), hello].entries()) {
      const leaving = await setting.client()
      leaving.socket.end(said)
      await until('it is counted', () => setting.front.stats.refused.tls === before + 1)
      await leaving.closes()
    }

    const next = await secure()

    expect(await next.ask('a\n')).toBe('aa\n')
  })

  test('lets a client end first, and answers what it has asked', async () => {
    await serving({ tls: TLS })
    const client = await secure({ allowHalfOpen: true })

    client.socket.end('a\n')

    await client.ends()
    expect(client.text).toBe('aa\n')
  })

  test('that cannot be deciphered ends the session', async () => {
    await serving({ tls: TLS })
    await using relay = await Relay.to(setting.front.port)
    const { port } = relay.endpoint
    using client = new Client(connectTls({ port, host: '127.0.0.1', servername: 'localhost', ca }))
    expect(await client.ask('a\n')).toBe('aa\n')

    relay.say('server', 'this is not TLS '.repeat(9))

    await until('the session is over', () => setting.front.stats.sessions === 0)
    expect(setting.front.log.ended[0]).toMatchObject({ end: 'C-', error: { code: /^ERR_SSL_/ } })
  })

  test('is spoken with the backend', async () => {
    setting = await Setting.start(echo, { protocol: 'tcp' })
    const backend = createTlsServer({ cert: readFileSync(TLS.cert), key: readFileSync(TLS.key) }, (socket) => {
      doubled(socket)
    })
    await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
    const { port } = backend.address() as { port: number }
    await setting[Symbol.asyncDispose]()
    await serving({
      upstream: {
        endpoints: [`127.0.0.1:${port}`],
        tls: { ca: certificate('authority.crt'), servername: 'localhost' },
      },
    })
    const client = await setting.client()

    expect(await client.ask('a\n')).toBe('aa\n')
    expect(await client.ask(`${'b'.repeat(300_000)}\n`)).toBe(`${'b'.repeat(600_000)}\n`)
    expect(setting.front.pool.total).toBe(1)
    await setting.front.server.close({ graceMs: 0 })
    backend.close()
  })
})

test('a session over a Unix socket can be cut', async () => {
  const path = `/tmp/connpool-sessions-${process.pid}.sock`
  await serving({ listen: `unix:${path}` })
  using client = await Client.connect({ path })
  expect(await client.ask('a\n')).toBe('aa\n')
  client.send('half a request')
  await turns(20)

  expect((await setting.front.server.close({ graceMs: 0 })).cut).toBe(1)
  await client.ends()
  expect(setting.front.ends).toEqual(['KR'])
})
