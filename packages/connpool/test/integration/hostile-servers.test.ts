import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { FakeClock } from 'connpool/testing'
import type { PoolOptions } from 'connpool'

import { ask } from '../fixtures/ask.ts'
import { Callers } from '../fixtures/callers.ts'
import { CountingServer, serving } from '../fixtures/counting-server.ts'
import type { Serve } from '../fixtures/counting-server.ts'
import { ownPool } from '../fixtures/own-pool.ts'
import { turns, until } from '../fixtures/until.ts'

const leaving: Readonly<Record<string, Serve>> = {
  'hangs up': (socket) => socket.resume().end(),
  'breaks off': (socket) => void socket.resetAndDestroy(),
  'says no and hangs up': (socket) => socket.resume().end('-ERR max number of clients reached\r\n'),
}

async function greet(socket: Socket): Promise<void> {
  const answer = await ask(socket, 'hello')
  if (answer !== 'hello') throw new Error(`not let in: ${answer}`)
}

/** Moves a pool's time on, second by second, with turns for the sockets in between, which have their own time. */
async function passSeconds(clock: FakeClock, seconds: number): Promise<void> {
  for (let second = 0; second < seconds * 4; second++) {
    await clock.advance(250)
    await turns(4)
  }
}

describe.each(Object.entries(leaving))('a server that accepts and then %s', (_, serve) => {
  test('is not dialed in a loop to keep minSize', async () => {
    await using server = await CountingServer.listen(serve)
    const clock = new FakeClock()
    const pool = ownPool({ endpoint: server.endpoint, clock, minSize: 3 })

    await passSeconds(clock, 60)

    expect(server.accepted).toBeGreaterThan(0)
    expect(pool.stats().dials).toBeLessThanOrEqual(60)
    expect(pool.stats().total).toBeLessThanOrEqual(3)
  })

  test('is not dialed in a loop for callers whose connections must be set up', async () => {
    await using server = await CountingServer.listen(serve)
    const clock = new FakeClock()
    const options: PoolOptions = { onConnect: greet, breaker: false }
    const pool = ownPool({ endpoint: server.endpoint, clock, maxSize: 10, acquireTimeoutMs: 50_000, ...options })
    const crowd = new Callers(pool, clock).crowd(10)

    await passSeconds(clock, 60)

    expect(pool.stats().dials).toBeLessThanOrEqual(60)
    for (const caller of crowd) expect(caller.refused.code).toBe('ACQUIRE_TIMEOUT')
  })

  test('serves again as soon as it serves', async () => {
    await using server = await CountingServer.listen(serve)
    const pool = ownPool({
      endpoint: server.endpoint,
      minSize: 2,
      onConnect: greet,
      backoff: { baseMs: 5, maxMs: 20 },
      breaker: false,
    })
    const waiting = pool.use((socket) => ask(socket, 'question'))
    await until('it has been tried', () => server.accepted > 3)

    server.serve = serving.echo

    expect(await waiting).toBe('question')
    await until('minSize is there', () => pool.stats().total >= 2)
  })
})

describe('a server that accepts and then stalls', () => {
  test('costs a caller the time of a dial, is given up, and leaves nothing at the server', async () => {
    await using server = await CountingServer.listen(serving.silent)
    const pool = ownPool({
      endpoint: { ...server.endpoint, tls: true },
      dialTimeoutMs: 20,
      maxSize: 2,
      breaker: { failureThreshold: 2 },
      backoff: { baseMs: 1, maxMs: 1 },
    })

    const error = await pool.acquire().catch((reason: unknown) => reason)

    expect(error).toMatchObject({ code: 'DIAL_FAILED' })
    expect(String((error as Error).cause)).toMatch(/longer than 20 ms/)
    await until('it knows of nobody any more', () => server.open === 0)
    expect(pool.stats()).toMatchObject({ dialing: 0, closing: 0, total: 0 })
  })

  test('in the middle of a setup is given up just so', async () => {
    await using server = await CountingServer.listen(serving.silent)
    const pool = ownPool({
      endpoint: server.endpoint,
      onConnect: (socket) => ask(socket, 'AUTH'),
      dialTimeoutMs: 20,
      breaker: { failureThreshold: 2 },
      backoff: { baseMs: 1, maxMs: 1 },
    })

    await expect(pool.acquire()).rejects.toMatchObject({ code: 'DIAL_FAILED' })
    await until('it knows of nobody any more', () => server.open === 0)
  })
})

describe('a server that floods', () => {
  test('an idle connection loses it, at the first bytes', async () => {
    const flood = Buffer.alloc(1024 * 1024)
    await using server = await CountingServer.listen((socket) => {
      socket.resume()
      socket.once('data', () => {
        const pour = (): void => void (socket.writable && socket.write(flood, pour))
        pour()
      })
    })
    const pool = ownPool({ endpoint: server.endpoint, maxSize: 1, closeTimeoutMs: 100 })
    await pool.use((socket) => void socket.write('go on'))

    await until('it was closed', () => pool.stats().closed['idle-data'] === 1 && pool.stats().closing === 0)

    await until('the server has noticed', () => server.open === 0)
  })
})

describe('a server whose bytes and end come together', () => {
  test('is read to its last byte by the holder', async () => {
    await using server = await CountingServer.listen((socket) => socket.once('data', () => socket.end('goodbye')))
    const pool = ownPool({ endpoint: server.endpoint })

    const words = await pool.use((socket) => ask(socket, 'hello', 7))

    expect(words).toBe('goodbye')
    await until('nothing is kept', () => pool.stats().total === 0)
  })
})
