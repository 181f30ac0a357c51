import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createServer, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Pool, PoolError, type PoolOptions } from 'connpool'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { turns, until } from '../../../connpool/test/fixtures/until.ts'
import type { PortUser } from '../../src/session/byte-port.ts'
import { HandlePort } from '../../src/session/handle-port.ts'
import type { Backend } from '../../src/session/port-of.ts'
import { backendDialer } from '../../src/upstreams/dial-backend.ts'
import { dialContext } from '../fixtures/dial-context.ts'
import { echo, ScriptedBackend } from '../fixtures/scripted-backend.ts'

const dial = backendDialer({ keepAliveMs: 60_000, noDelay: true })

let backend: ScriptedBackend
let pools: Pool<Backend>[]
let endpoint: string

beforeEach(async () => {
  backend = await ScriptedBackend.start(echo)
  pools = []
})

afterEach(async () => {
  await Promise.all(pools.map((pool) => pool.destroy()))
  await backend[Symbol.asyncDispose]()
})

function poolOf(options: Partial<PoolOptions<Backend>> = {}): Pool<Backend> {
  const pool = new Pool<Backend>({ endpoint, maxSize: 1, dial, ...options })
  pools.push(pool)
  return pool
}

async function portFrom(pool: Pool<Backend>) {
  const lease = await pool.acquire()
  if (!(lease.connection instanceof HandlePort)) throw new Error('no port was dialed')
  return { lease, port: lease.connection }
}

/** Asks, and resolves with the first bytes of the answer. */
async function ask(port: HandlePort, question: string): Promise<string> {
  port.write(Buffer.from(question))
  return await firstWords(port)
}

async function firstWords(port: HandlePort): Promise<string> {
  const words = await new Promise<string>((resolve, reject) => {
    const user: PortUser = {
      take: (bytes) => {
        resolve(bytes.toString())
        return true
      },
      ended: () => undefined,
      writable: () => undefined,
      closed: () => reject(port.error ?? new Error('closed')),
    }
    port.attach(user)
    port.resume()
  })
  port.detach()
  return words
}

const WAYS: readonly (readonly [way: string, endpointOf: () => string])[] = [
  ['address', () => backend.endpoint],
  ['name', () => `localhost:${backend.port}`],
]

describe.each(WAYS)('a pool of ports that are dialed by %s', (_way, endpointOf) => {
  beforeEach(() => {
    endpoint = endpointOf()
  })

  test('lends the same one again when it came back clean', async () => {
    const pool = poolOf()
    for (let round = 0; round < 3; round++) {
      const { lease, port } = await portFrom(pool)
      expect(await ask(port, `round ${round}`)).toBe(`round ${round}`)
      lease.release()
      await turns()
    }

    expect(backend.accepted).toBe(1)
  })

  test('does not lend again what came back with bytes that nobody has read', async () => {
    const pool = poolOf()
    const { lease, port } = await portFrom(pool)
    port.write(Buffer.from('nobody waits for this'))
    await until('they have come', () => port.keptBytes > 0)
    lease.release()

    const next = await portFrom(pool)

    expect(next.port).not.toBe(port)
    expect(pool.stats().closed).toMatchObject({ dirty: 1 })
    next.lease.release()
  })

  test('does not lend again what came back with bytes that have not gone out', async () => {
    const pool = poolOf()
    const { lease, port } = await portFrom(pool)
    for (const socket of backend.sockets) socket.pause()
    while (port.write(Buffer.alloc(1_000_000)));
    lease.release()

    const next = await portFrom(pool)

    expect(next.port).not.toBe(port)
    expect(pool.stats().closed).toMatchObject({ dirty: 1 })
    next.lease.release()
  })

  test('does not lend again what somebody still uses', async () => {
    const pool = poolOf()
    const { lease, port } = await portFrom(pool)
    await ask(port, 'hello')
    port.attach({ take: () => true, ended: () => undefined, writable: () => undefined, closed: () => undefined })
    lease.release()

    const next = await portFrom(pool)

    expect(next.port).not.toBe(port)
    next.lease.release()
  })

  test('closes one that sends bytes while nobody has it', async () => {
    const pool = poolOf()
    const { lease } = await portFrom(pool)
    lease.release()
    await turns()

    for (const socket of backend.sockets) socket.write('surprise')

    await until('it is closed', () => pool.stats().total === 0)
    expect(pool.stats().closed).toMatchObject({ 'idle-data': 1 })
  })

  test('notices that its peer has left one that nobody has', async () => {
    const pool = poolOf()
    const { lease } = await portFrom(pool)
    lease.release()
    await turns()

    for (const socket of backend.sockets) socket.end()

    await until('it is closed', () => pool.stats().total === 0)
    expect(pool.stats().closed).toMatchObject({ 'peer-closed': 1 })
  })

  test('notices that its peer has reset one that nobody has', async () => {
    const pool = poolOf()
    const { lease } = await portFrom(pool)
    lease.release()
    await turns()

    for (const socket of backend.sockets) socket.resetAndDestroy()

    await until('it is closed', () => pool.stats().total === 0)
    expect(pool.stats().closed).toMatchObject({ 'socket-error': 1 })
  })

  test('notices that one is lost while somebody has it', async () => {
    const pool = poolOf()
    const { lease, port } = await portFrom(pool)
    await ask(port, 'hello')

    for (const socket of backend.sockets) socket.resetAndDestroy()

    await until('it is closed', () => pool.stats().total === 0)
    lease.release()
    expect(pool.stats().closed).toMatchObject({ 'socket-error': 1 })
  })

  test('says goodbye to its peers when it closes, and waits for theirs', async () => {
    const pool = poolOf()
    const { lease } = await portFrom(pool)
    lease.release()
    await turns()
    const [socket] = backend.sockets
    if (socket === undefined) throw new Error('nobody is connected')
    const ended = once(socket, 'end')
    const closed = pool.close()
    await ended
    expect(pool.stats().closing).toBe(1)

    socket.end()

    await closed
    expect(socket.errored).toBe(null)
    expect(pool.stats().closing).toBe(0)
  })

  test('cuts one whose peer does not say goodbye in time', async () => {
    await backend[Symbol.asyncDispose]()
    backend = await ScriptedBackend.start((socket) => socket.resume())
    endpoint = endpointOf()
    const pool = poolOf({ closeTimeoutMs: 20 })
    const { lease } = await portFrom(pool)
    lease.release()
    await turns()

    await pool.close()

    await until('the peer sees it', () => [...backend.sockets].every((socket) => socket.readableEnded))
    expect(pool.stats().total).toBe(0)
  })
})

describe('a pool of ports', () => {
  test('refuses with what the system says when nobody listens', async () => {
    await backend.kill()
    endpoint = backend.endpoint
    const pool = poolOf({ acquireTimeoutMs: 2_000 })

    const error = await pool.acquire().catch((thrown: unknown) => thrown)

    expect(error).toBeInstanceOf(PoolError)
    expect((error as PoolError).cause).toMatchObject({
      code: 'ECONNREFUSED',
      syscall: 'connect',
      address: '127.0.0.1',
      port: backend.port,
      message: `connect ECONNREFUSED 127.0.0.1:${backend.port}`,
    })
  })
})

describe('a dial of a bare handle', () => {
  test('that is given up rejects with the reason, and leaves no connection', async () => {
    const abort = new AbortController()
    const dialing = dial(dialContext(backend.endpoint, abort))

    abort.abort(new Error('enough'))

    await expect(dialing).rejects.toThrow('enough')
    await until('it is accepted', () => backend.accepted === 1)
    await until('nothing is open', () => backend.sockets.size === 0)
  })

  test('of an IPv6 address that refuses says so', async () => {
    const refused = dial(dialContext('[::1]:1'))

    await expect(refused).rejects.toMatchObject({ syscall: 'connect', address: '::1', port: 1 })
  })
})

describe('a dial of a name', () => {
  test('that is given up rejects with the reason, and leaves no connection', async () => {
    const abort = new AbortController()
    const dialing = dial(dialContext(`localhost:${backend.port}`, abort))

    abort.abort(new Error('enough'))

    await expect(dialing).rejects.toThrow('enough')
    await until('nothing is open', () => backend.sockets.size === 0)
  })

  test('that refuses says so', async () => {
    await backend.kill()

    const refused = dial(dialContext(`localhost:${backend.port}`))

    await expect(refused).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('brings what the server says at once', async () => {
    await backend[Symbol.asyncDispose]()
    backend = await ScriptedBackend.start((socket) => socket.write('welcome'))

    const port = await dialedPort(`localhost:${backend.port}`)

    expect(await firstWords(port)).toBe('welcome')
    port.destroy()
  })

  test('leaves a socket to those who must have one', async () => {
    const dialSocket = backendDialer({ keepAliveMs: 60_000, noDelay: true }, () => true)

    const connection = await dialSocket(dialContext(`localhost:${backend.port}`))

    expect(connection).toBeInstanceOf(Socket)
    connection.destroy()
  })
})

test('a dial of a Unix socket brings a port', async () => {
  const path = join(tmpdir(), `connpool-pooled-ports-${process.pid}.sock`)
  await rm(path, { force: true })
  const server = createServer(echo).listen(path)
  await once(server, 'listening')

  const port = await dialedPort(`unix:${path}`)

  expect(await ask(port, 'hello')).toBe('hello')
  port.destroy()
  server.close()
})

async function dialedPort(where: string): Promise<HandlePort> {
  const connection = await dial(dialContext(where))
  if (!(connection instanceof HandlePort)) throw new Error('no port was dialed')
  return connection
}
