import { once } from 'node:events'

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

beforeEach(async () => {
  backend = await ScriptedBackend.start(echo)
  pools = []
})

afterEach(async () => {
  await Promise.all(pools.map((pool) => pool.destroy()))
  await backend[Symbol.asyncDispose]()
})

function poolOf(options: Partial<PoolOptions<Backend>> = {}): Pool<Backend> {
  const pool = new Pool<Backend>({ endpoint: backend.endpoint, maxSize: 1, dial, ...options })
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
  const answer = await new Promise<string>((resolve, reject) => {
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
    port.write(Buffer.from(question))
  })
  port.detach()
  return answer
}

describe('a pool of ports over bare handles', () => {
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
    const pool = poolOf({ closeTimeoutMs: 20 })
    const { lease } = await portFrom(pool)
    lease.release()
    await turns()

    await pool.close()

    await until('the peer sees it', () => [...backend.sockets].every((socket) => socket.readableEnded))
    expect(pool.stats().total).toBe(0)
  })

  test('refuses with what the system says when nobody listens', async () => {
    await backend.kill()
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

  test('of a name is one of a socket', async () => {
    const connection = await dial(dialContext(`localhost:${backend.port}`))

    expect(connection).not.toBeInstanceOf(HandlePort)
    connection.destroy()
  })
})
