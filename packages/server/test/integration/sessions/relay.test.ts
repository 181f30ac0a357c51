import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'

import { afterEach, describe, expect, test } from 'vitest'

import { turns, until } from '../../../../connpool/test/fixtures/until.ts'
import type { Client } from '../../fixtures/client.ts'
import type { Front } from '../../fixtures/front.ts'
import { heldBytes } from '../../fixtures/held-bytes.ts'
import { echo, type Script, type ScriptedBackend } from '../../fixtures/scripted-backend.ts'
import { Setting } from '../../fixtures/setting.ts'

let setting: Setting

afterEach(async () => {
  await setting[Symbol.asyncDispose]()
})

async function relaying(
  script: Script,
  options: Partial<Parameters<typeof Setting.start>[1]> = {},
): Promise<{ backend: ScriptedBackend; front: Front; client: () => Promise<Client> }> {
  setting = await Setting.start(script, { protocol: 'tcp', ...options })
  const { backend, front } = setting
  return { backend, front, client: async () => await setting.client() }
}

/** Writes all of it in pieces of chance sizes, as fast as the other side reads. */
async function pour(socket: Socket, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const size = 1 + Math.floor(Math.random() * 100_000)
    const hasRoom = socket.write(bytes.subarray(at, at + size))
    at += size
    if (!hasRoom) await new Promise((resolve) => socket.once('drain', resolve))
  }
}

describe('a tcp session', () => {
  test('carries 20 MB in both directions, byte for byte', async () => {
    const { client } = await relaying(echo)
    const bytes = randomBytes(20_000_000)
    const one = await client()

    await pour(one.socket, bytes)
    one.socket.end()
    await one.ends()

    expect(one.received.equals(bytes)).toBe(true)
  })

  test('answers a client that has ended its side', async () => {
    const { client, front } = await relaying((socket) => {
      let bytes = 0
      socket.on('data', (chunk: Buffer) => (bytes += chunk.length))
      socket.on('end', () => socket.end(`${bytes} bytes`))
    })
    const one = await client()

    one.socket.end('hello')
    await one.ends()

    expect(one.text).toBe('5 bytes')
    await until('the session is over', () => front.ends.length === 1)
    expect(front.ends).toEqual(['--'])
  })

  test('takes all from a client after the backend has ended its side', async () => {
    let received = 0
    const { client, front } = await relaying((socket) => {
      socket.once('data', () => {
        socket.end('bye')
        socket.pause()
        socket.on('data', (chunk: Buffer) => (received += chunk.length))
        setImmediate(() => socket.resume())
      })
    })
    const one = await client()
    one.send('hello')
    await one.ends()

    const bytes = randomBytes(8_000_000)
    await pour(one.socket, bytes)
    one.socket.end()

    await until('all has come', () => received === bytes.length)
    await until('the session is over', () => front.ends.length === 1)
    expect(front.ends).toEqual(['--'])
    expect(one.text).toBe('bye')
  })

  test('loses nothing where the backend speaks first', async () => {
    const { client, backend } = await relaying(
      (socket) => {
        socket.write('220 hello\r\n')
        socket.pipe(socket)
      },
      { protocol: { name: 'tcp', serverSpeaksFirst: true } },
    )
    const one = await client()
    one.send('EHLO\r\n')

    await one.receives('220 hello\r\nEHLO\r\n')
    expect(backend.accepted).toBe(1)
    const silent = await client()
    await silent.receives('220 hello\r\n')
  })

  test('holds no connection until the client says something', async () => {
    const { client, front } = await relaying(echo, { pool: { minSize: 1 } })
    const one = await client()
    await turns()

    expect(front.stats.sessions).toBe(1)
    expect(front.pool.leased).toBe(0)
    one.send('x')
    await one.receives('x')
    expect(front.pool.leased).toBe(1)
  })

  test('is reset when its backend is killed', async () => {
    const { client, backend, front } = await relaying(echo)
    const one = await client()
    await one.ask('x', 'x')

    await backend.kill()
    await one.closes()

    expect(one.errorCode).toBe('ECONNRESET')
    expect(front.ends).toEqual(['SD'])
  })

  test('is reset when its backend resets right behind its last bytes, whether the client has ended or not', async () => {
    const { client, front } = await relaying((socket) => {
      socket.once('data', () => {
        socket.write(Buffer.alloc(30_000))
        setImmediate(() => socket.resetAndDestroy())
      })
    })
    for (let round = 0; round < 20; round++) {
      const one = await client()
      if (round % 2 === 0) one.send('x')
      else one.socket.end('x')
      await until('it is over', () => front.ends.length > round)
    }

    expect(new Set(front.ends)).toEqual(new Set(['SD']))
  })

  test('takes its connection along when the client resets, or ends', async () => {
    const { client, backend, front } = await relaying(echo, { pool: { maxSize: 1 } })
    const one = await client()
    await one.ask('x', 'x')
    one.socket.resetAndDestroy()
    await until('the backend is left', () => backend.sockets.size === 0)

    const two = await client()
    await two.ask('y', 'y')
    two.socket.end()
    await until('both sessions are over', () => front.ends.length === 2)

    expect(front.ends).toEqual(['CD', '--'])
    const three = await client()
    await three.ask('z', 'z')
    expect(backend.accepted).toBe(3)
  })

  test('waits for a connection, first come, first served', async () => {
    const order: string[] = []
    const { client, backend } = await relaying(
      (socket) =>
        socket.on('data', (chunk: Buffer) => {
          order.push(chunk.toString())
          socket.write(chunk)
        }),
      { pool: { maxSize: 2 } },
    )
    const clients: Client[] = []
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      const one = await client()
      one.send(name)
      clients.push(one)
      await turns()
    }
    await until('two are served', () => order.length === 2)
    for (const [index, one] of clients.entries()) {
      await until(`${index} is served`, () => one.text.length === 1)
      one.socket.resetAndDestroy()
    }

    expect(order).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(backend.most).toBe(2)
  })

  test('leaves the queue at once when its client goes', async () => {
    const { client, front } = await relaying(echo, { pool: { maxSize: 1 } })
    const one = await client()
    await one.ask('x', 'x')
    const two = await client()
    two.send('y')
    const three = await client()
    three.send('z')
    await until('two wait', () => front.stats.queue.length === 2)

    two.socket.resetAndDestroy()
    three.socket.destroy()

    await until('nobody waits', () => front.stats.queue.length === 0)
    expect(front.ends).toEqual(['CQ', 'CQ'])
    expect(front.stats.queue.dropped.gone).toBe(2)
    expect(await one.ask('still here', 'here')).toBe('still here')
  })

  test('is reset when no connection comes within acquireTimeout', async () => {
    const { client, front } = await relaying(echo, { pool: { maxSize: 1, acquireTimeout: '50ms' } })
    const one = await client()
    await one.ask('x', 'x')
    const two = await client()
    two.send('y')
    await two.closes()

    expect(two.errorCode).toBe('ECONNRESET')
    expect(front.ends).toEqual(['sQ'])
    expect(front.stats.queue.length).toBe(0)
  })

  test('ends after idleTimeout, whether it has a connection or not', async () => {
    const { client, front, backend } = await relaying(echo, { idleTimeout: '60ms' })
    const silent = await client()
    const one = await client()
    one.send('x')
    await silent.ends()
    silent.socket.end()
    await one.closes()

    await until('both sessions are over', () => front.ends.length === 2)
    expect(front.ends.toSorted()).toEqual(['c-', 'cD'])
    await until('the backend is left', () => backend.sockets.size === 0)
  })
})

describe('back-pressure of tcp', () => {
  const SIZE = 256 * 1024 * 1024

  /** Resolves when nothing moves any more, and little more is held than before. */
  async function settlesAt(before: number, moved: () => number): Promise<void> {
    for (let last = -1, still = 0; still < 50; last = moved()) {
      still = moved() === last ? still + 1 : 0
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    await until('little is held', () => heldBytes() - before < 4 * 1024 * 1024, 3_000)
  }

  const PIECE = Buffer.alloc(64 * 1024)

  /** Writes as much as the other side takes, up to `SIZE`. */
  function flood(socket: Socket): () => number {
    let written = 0
    const more = (): void => {
      while (written < SIZE) {
        written += PIECE.length
        if (!socket.write(PIECE)) return
      }
    }
    socket.on('drain', more)
    more()
    return () => written
  }

  test('a client that stops reading stops its backend, and costs little', async () => {
    const written: (() => number)[] = []
    const { client } = await relaying((socket) => {
      socket.once('data', () => written.push(flood(socket)))
    })
    const clients = await Promise.all(Array.from({ length: 4 }, client))
    const before = heldBytes()
    for (const one of clients) one.socket.pause().write('go')
    await until('they are sent to', () => written.length === clients.length)

    await settlesAt(before, () => written.reduce((sum, each) => sum + each(), 0))

    expect(written.every((each) => each() < SIZE / 4)).toBe(true)
  })

  test('a backend that stops reading stops its client, and costs little', async () => {
    const { client, backend } = await relaying((socket) => {
      socket.once('data', () => socket.pause())
    })
    const clients = await Promise.all(Array.from({ length: 4 }, client))
    const before = heldBytes()
    const written = clients.map((one) => flood(one.socket))
    await until('the backend is there', () => backend.accepted === clients.length)

    await settlesAt(before, () => written.reduce((sum, each) => sum + each(), 0))

    expect(written.every((each) => each() < SIZE / 4)).toBe(true)
  })
})
