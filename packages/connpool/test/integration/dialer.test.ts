import { once } from 'node:events'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { describe, expect, test } from 'vitest'

import { dialEndpoint } from '../../src/dial/dialer.ts'
import type { DialOptions } from '../../src/dial/dialer.ts'
import { LazyAbort } from '../../src/dial/lazy-abort.ts'
import type { Endpoint } from '../../src/endpoint.ts'
import { certificate, Loopback, privateKey, settingOf, transports, until } from './loopback.ts'

const plain = { keepAliveMs: 60_000, noDelay: true }

function never(): DialOptions {
  return { ...plain, abort: new LazyAbort() }
}

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function tcp(host: string, port: number): Endpoint {
  return { kind: 'tcp', host, port, tls: undefined, text: `${host}:${port}` }
}

describe.each(transports)('when a %s endpoint is dialed', (transport) => {
  test('the socket is connected and in the state of a fresh one', async () => {
    await using loopback = await Loopback.listen(transport)

    const { client } = await loopback.connect()

    expect(client.readyState).toBe('open')
    expect(client.readableFlowing).toBe(null)
    expect(client.isPaused()).toBe(false)
    expect(client.allowHalfOpen).toBe(false)
    expect(client.timeout ?? 0).toBe(0)
    expect(
      client.listenerCount('error') + client.listenerCount('connect') + client.listenerCount('secureConnect'),
    ).toBe(0)
  })

  test('bytes that come before anybody listens are kept', async () => {
    await using loopback = await Loopback.listen(transport)
    const { client, peer } = await loopback.connect()

    peer.write('early')
    await until(() => client.readableLength === 5)

    expect(String(client.read())).toBe('early')
  })

  test('nothing is left to hear an abort, and a later one changes nothing', async () => {
    await using loopback = await Loopback.listen(transport)
    const abort = new LazyAbort()
    const dialing = dialEndpoint(loopback.endpoint, { ...plain, abort })
    const { peer } = await loopback.nextPeer()
    const client = await dialing

    expect(abort.isHeard).toBe(false)
    abort.abort(new Error('too late'))
    peer.write('still here')
    await until(() => client.readableLength === 10)
    expect(client.destroyed).toBe(false)
    client.destroy()
  })

  test('an abort rejects with its reason and leaves no connection behind', async () => {
    await using loopback = await Loopback.listen(transport)
    loopback.hangUpAfterClients()
    const abort = new LazyAbort()
    const reason = new Error('not needed any more')
    const dialing = dialEndpoint(loopback.endpoint, { ...plain, abort })

    abort.abort(reason)

    await expect(dialing).rejects.toBe(reason)
    expect(abort.isHeard).toBe(false)
    await until(async () => (await loopback.connectionCount()) === 0)
  })

  test('an abort in any turn of the dial leaves a whole connection or none', async () => {
    await using loopback = await Loopback.listen(transport)
    loopback.hangUpAfterClients()
    for (let turn = 0; turn < 25; turn++) {
      const abort = new LazyAbort()
      const reason = new Error('not needed any more')
      const dialing = dialEndpoint(loopback.endpoint, { ...plain, abort })
      let left = turn
      const later = (): void => void (left-- === 0 ? abort.abort(reason) : setImmediate(later))
      later()

      const [outcome] = await Promise.allSettled([dialing])

      if (outcome.status === 'fulfilled') outcome.value.destroy()
      else expect(outcome.reason).toBe(reason)
      await until(async () => (await loopback.connectionCount()) === 0)
    }
  })

  test('keep-alive and no-delay are set as asked', async () => {
    await using loopback = await Loopback.listen(transport)
    const abort = new LazyAbort()

    const [tuned, bare] = await Promise.all([
      dialEndpoint(loopback.endpoint, { keepAliveMs: 45_000, noDelay: true, abort }),
      dialEndpoint(loopback.endpoint, { keepAliveMs: Infinity, noDelay: false, abort }),
    ])

    const expected = transport === 'unix' ? [false, false, 0] : [true, true, 45]
    const read = (socket: Socket): unknown[] =>
      ['kSetNoDelay', 'kSetKeepAlive', 'kSetKeepAliveInitialDelay'].map((name) => settingOf(socket, name))
    expect(read(tuned)).toEqual(expected)
    expect(read(bare).slice(0, 2)).toEqual([false, false])
    tuned.destroy()
    bare.destroy()
  })
})

describe('when a dial fails', () => {
  test('a refused dial keeps its code', async () => {
    const port = await unusedPort()

    await expect(dialEndpoint(tcp('127.0.0.1', port), never())).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('a name with several addresses that all refuse keeps the code', async () => {
    const port = await unusedPort()

    await expect(dialEndpoint(tcp('localhost', port), never())).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('a name that does not exist keeps the code of the resolver', async () => {
    const code = expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/) as string

    await expect(dialEndpoint(tcp('no-such-host.invalid', 1), never())).rejects.toMatchObject({ code })
  })

  test('a Unix socket that is not there keeps its code', async () => {
    const endpoint: Endpoint = { kind: 'unix', path: '/nonexistent/socket', tls: undefined, text: 'unix:…' }

    await expect(dialEndpoint(endpoint, never())).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('nothing is dialed that was aborted before', async () => {
    await using loopback = await Loopback.listen('tcp')
    const reason = new Error('too late')
    const abort = new LazyAbort()
    abort.abort(reason)

    const dialing = dialEndpoint(loopback.endpoint, { ...plain, abort })

    await expect(dialing).rejects.toBe(reason)
    expect(await loopback.connectionCount()).toBe(0)
  })

  test('a reason that is no error is passed on unchanged', async () => {
    await using loopback = await Loopback.listen('tcp')
    const abort = new LazyAbort()
    const dialing = dialEndpoint(loopback.endpoint, { ...plain, abort })

    abort.abort('just so')

    await expect(dialing).rejects.toBe('just so')
  })

  test('an error between connecting and the first turn of the owner is the failure of the dial', async () => {
    await using loopback = await Loopback.listen('tcp')
    const failure = new Error('reset in the same turn')
    const fail = (message: unknown): void => {
      const { socket } = message as { socket: Socket }
      socket.once('connect', () => socket.destroy(failure))
    }
    subscribe('net.client.socket', fail)

    const dialing = dialEndpoint(loopback.endpoint, never())

    await expect(dialing).rejects.toBe(failure)
    unsubscribe('net.client.socket', fail)
  })

  test('a socket that somebody closes before it is connected is a reset', async () => {
    await using loopback = await Loopback.listen('tcp')
    const close = (message: unknown): void => {
      const { socket } = message as { socket: Socket }
      process.nextTick(() => socket.destroy())
    }
    subscribe('net.client.socket', close)

    const dialing = dialEndpoint(loopback.endpoint, never())

    await expect(dialing).rejects.toMatchObject({ code: 'ECONNRESET' })
    unsubscribe('net.client.socket', close)
  })

  test('an error that comes after the failure reaches nobody and ends nothing', async () => {
    let dialed: Socket | undefined
    const remember = (message: unknown): void => void (dialed = (message as { socket: Socket }).socket)
    subscribe('net.client.socket', remember)
    const port = await unusedPort()
    await expect(dialEndpoint(tcp('127.0.0.1', port), never())).rejects.toThrow()
    unsubscribe('net.client.socket', remember)

    expect(dialed?.destroyed).toBe(true)
    expect(() => dialed?.emit('error', new Error('an afterthought'))).not.toThrow()
  })
})

describe('when a TLS endpoint is dialed', () => {
  test('a name is sent as server name, unless the endpoint has its own', async () => {
    const named = async (host: string, servername?: string): Promise<unknown> => {
      const client = servername === undefined ? {} : { servername }
      await using loopback = await Loopback.listen('tls', { host, client })
      const { client: socket, peer } = await loopback.connect()
      socket.write('x')
      await until(() => peer.readableLength > 0)
      return (peer as TLSSocket & { servername: unknown }).servername
    }

    expect(await named('localhost')).toBe('localhost')
    expect(await named('127.0.0.1')).toBe(false)
    expect(await named('127.0.0.1', 'localhost')).toBe('localhost')
  })

  test('a certificate for another name is refused with the true error', async () => {
    const server = { cert: certificate('elsewhere'), key: privateKey('elsewhere') }
    await using loopback = await Loopback.listen('tls', { host: 'localhost', server })
    loopback.hangUpAfterClients()

    const dialing = dialEndpoint(loopback.endpoint, never())

    await expect(dialing).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
    await until(async () => (await loopback.connectionCount()) === 0)
  })

  test('a certificate for an address is checked against the address', async () => {
    const server = { cert: certificate('elsewhere'), key: privateKey('elsewhere') }
    await using loopback = await Loopback.listen('tls', { host: '127.0.0.1', server })

    const dialing = dialEndpoint(loopback.endpoint, never())

    await expect(dialing).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
  })

  test('a certificate of an unknown authority is refused with the true error', async () => {
    await using loopback = await Loopback.listen('tls', { client: { ca: certificate('client') } })

    const dialing = dialEndpoint(loopback.endpoint, never())

    await expect(dialing).rejects.toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
  })

  test('a client certificate is shown', async () => {
    const client = { cert: certificate('client'), key: privateKey('client') }
    const server = { requestCert: true, rejectUnauthorized: true, ca: certificate('authority') }
    await using loopback = await Loopback.listen('tls', { client, server })
    const { client: socket, peer } = await loopback.connect()
    socket.write('x')
    await until(() => peer.readableLength > 0)

    expect((peer as TLSSocket).getPeerCertificate().subject.CN).toBe('connpool test client')
  })

  test('the protocol is agreed on', async () => {
    const ALPNProtocols = ['redis', 'http/1.1']
    await using loopback = await Loopback.listen('tls', {
      client: { ALPNProtocols },
      server: { ALPNProtocols: ['redis'] },
    })

    const { client } = await loopback.connect()

    expect((client as TLSSocket).alpnProtocol).toBe('redis')
  })

  test('no session of one connection is used by the next', async () => {
    await using loopback = await Loopback.listen('tls', { client: { maxVersion: 'TLSv1.2' } })

    const pairs = [await loopback.connect(), await loopback.connect()]

    expect(pairs.map(({ client }) => (client as TLSSocket).isSessionReused())).toEqual([false, false])
  })

  test('a peer that hangs up during the handshake is a reset', async () => {
    await using loopback = await Loopback.listen('tcp')
    const dialing = dialEndpoint({ ...loopback.endpoint, tls: {} }, never())
    const { peer } = await loopback.nextPeer()

    peer.resume().end()

    await expect(dialing).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  test('a peer that speaks no TLS is a TLS error', async () => {
    await using loopback = await Loopback.listen('tcp')
    const dialing = dialEndpoint({ ...loopback.endpoint, tls: {} }, never())
    const { peer } = await loopback.nextPeer()

    peer.end('HTTP/1.1 400 Bad Request\r\n\r\n')

    await expect(dialing).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_SSL_/) as string })
  })

  test('an abort while the peer is silent ends the handshake', async () => {
    await using loopback = await Loopback.listen('tcp')
    const abort = new LazyAbort()
    const reason = new Error('too late')
    const dialing = dialEndpoint({ ...loopback.endpoint, tls: {} }, { ...plain, abort })
    const { peer } = await loopback.nextPeer()
    await once(peer, 'readable')

    abort.abort(reason)

    await expect(dialing).rejects.toBe(reason)
    peer.resume()
    await once(peer, 'end')
  })

  const elsewhere: Readonly<Record<string, object>> = {
    'a host and a port': { host: '192.0.2.1', port: 9 },
    'a path': { path: '/nonexistent' },
    'a stream': { socket: new PassThrough() },
    'a buffer to read into': { onread: { buffer: new Uint8Array(8), callback: () => true } },
    'a signal': { signal: AbortSignal.abort() },
    'half-open sockets': { allowHalfOpen: true },
  }

  test.each(Object.entries(elsewhere))('%s in its options changes nothing', async (_, options) => {
    await using loopback = await Loopback.listen('tls')
    const tls = { ...loopback.endpoint.tls, ...options }

    const [client, { peer }] = await Promise.all([
      dialEndpoint({ ...loopback.endpoint, tls }, never()),
      loopback.nextPeer(),
    ])
    peer.write('kept')
    await until(() => client.readableLength === 4)

    expect([client.remotePort, client.allowHalfOpen]).toEqual([loopback.port, false])
    client.destroy()
  })

  test('options that are no certificate fail before anything is opened', async () => {
    await using loopback = await Loopback.listen('tcp')

    await expect(dialEndpoint({ ...loopback.endpoint, tls: { cert: 'no PEM' } }, never())).rejects.toThrow()
    expect(await loopback.connectionCount()).toBe(0)
  })
})
