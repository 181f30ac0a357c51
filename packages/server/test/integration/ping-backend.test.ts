import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'

import { afterEach, describe, expect, test } from 'vitest'

import { turns, until } from '../../../connpool/test/fixtures/until.ts'
import { memcached } from '../../src/protocols/memcached.ts'
import type { FramedProtocol } from '../../src/protocols/protocol.ts'
import { redis } from '../../src/protocols/redis.ts'
import { type Backend, portOf } from '../../src/session/port-of.ts'
import { backendDialer } from '../../src/upstreams/dial-backend.ts'
import { probeWith } from '../../src/upstreams/probe-with.ts'
import { dialContext } from '../fixtures/dial-context.ts'
import { ScriptedBackend } from '../fixtures/scripted-backend.ts'

const dial = backendDialer({ keepAliveMs: 60_000, noDelay: true })

let backend: ScriptedBackend
let connection: Backend | undefined

afterEach(async () => {
  connection?.destroy()
  await backend[Symbol.asyncDispose]()
})

const WAYS: readonly (readonly [string, (port: number) => Promise<Backend>])[] = [
  ['a bare handle', (port) => dial(dialContext(`127.0.0.1:${port}`))],
  [
    'a socket',
    async (port) => {
      const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
      await once(socket, 'connect')
      return socket
    },
  ],
]

function probe(protocol: FramedProtocol, signal: AbortSignal = new AbortController().signal): unknown {
  if (connection === undefined) throw new Error('nothing is connected')
  return probeWith(protocol)?.(connection, { signal } as never)
}

describe.each(WAYS)('the ping of a backend over %s', (_name, open) => {
  async function answering(script: (socket: Socket, asked: string) => void): Promise<void> {
    backend = await ScriptedBackend.start((socket) => {
      socket.on('data', (bytes: Buffer) => script(socket, bytes.toString()))
      socket.on('end', () => socket.end())
    })
    connection = await open(backend.port)
  }

  test('finds it healthy by its one right answer, cut or not', async () => {
    await answering((socket, asked) => {
      expect(asked).toBe('*1\r\n$4\r\nPING\r\n')
      socket.write('+PO')
      setImmediate(() => socket.write('NG\r\n'))
    })

    expect(await probe(redis())).toBe(true)
    expect(await probe(redis())).toBe(true)
  })

  test('finds a redis healthy that wants clients to log in', async () => {
    await answering((socket) => socket.write('-NOAUTH Authentication required.\r\n'))

    expect(await probe(redis())).toBe(true)
  })

  test('finds memcached healthy by its version', async () => {
    await answering((socket) => socket.write('VERSION 1.6.18\r\n'))

    expect(await probe(memcached())).toBe(true)
  })

  test.each([
    '-LOADING Redis is loading the dataset in memory\r\n',
    '-NOAUTH Authentication required.\r\n+PONG\r\n',
    '+PONG\r\n+PONG\r\n',
    '+PONGS\r\n',
    `$5000\r\n${'x'.repeat(5000)}`,
  ])('finds it ill by %j', async (answer) => {
    await answering((socket) => socket.write(answer))

    expect(await probe(redis())).toBe(false)
  })

  test('finds memcached ill when it says more than its version', async () => {
    await answering((socket) => socket.write('VERSION 1.6.18\r\nSTORED\r\n'))

    expect(await probe(memcached())).toBe(false)
  })

  test('rejects with what the protocol cannot read', async () => {
    await answering((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'))

    await expect(probe(redis())).rejects.toThrow()
  })

  test('rejects with what somebody else threw', async () => {
    await answering((socket) => socket.write('+PONG\r\n'))
    const wrong = (): never => {
      throw new Error('mine')
    }
    const ping = { request: Buffer.from('PING\r\n'), isHealthy: wrong }

    await expect(probe({ ...redis(), ping })).rejects.toThrow('mine')
  })

  test('finds it ill when it ends instead', async () => {
    await answering((socket) => socket.end())

    expect(await probe(redis())).toBe(false)
  })

  test('finds it ill when it resets instead', async () => {
    await answering((socket) => socket.resetAndDestroy())

    expect(await probe(redis())).toBe(false)
  })

  test('finds it ill when there is no time left', async () => {
    await answering(() => undefined)
    const abort = new AbortController()
    const asked = probe(redis(), abort.signal)
    await turns()

    abort.abort()

    expect(await asked).toBe(false)
    expect(await probe(redis(), abort.signal)).toBe(false)
  })

  test('leaves nothing behind on it', async () => {
    await answering((socket) => socket.write('+PONG\r\n'))
    await probe(redis())
    const seen: string[] = []
    if (connection === undefined) throw new Error('nothing is connected')
    const port = portOf(connection)
    port.attach({
      take: (bytes) => seen.push(bytes.toString()) > 0,
      ended: () => undefined,
      writable: () => undefined,
      closed: () => undefined,
    })
    port.resume()

    port.write(Buffer.from('next'))

    await until('the next user has the answer', () => seen.length > 0)
    expect(seen).toEqual(['+PONG\r\n'])
  })
})

test('the ping of a backend over a bare handle finds it ill when its answer is there before the question', async () => {
  backend = await ScriptedBackend.start((socket) => socket.resume())
  connection = await dial(dialContext(backend.endpoint))
  await until('it is accepted', () => backend.sockets.size === 1)
  await nextTurn()
  for (const socket of backend.sockets) socket.write('+PONG\r\n')

  expect(await probe(redis())).toBe(false)
})
