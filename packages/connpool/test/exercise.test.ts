/**
 * The cases of the exercise that this package grew from, over real sockets. What they ask of any pool is asked here in
 * its own words; what connpool promises beyond that has its tests elsewhere.
 */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { Pool, PoolError, type PoolOptions } from 'connpool'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

let server: Server
let mostAtOnce = 0

/** Echoes, and counts how many connections it has at most. */
beforeEach(async () => {
  const sockets = new Set<Socket>()
  mostAtOnce = 0
  server = createServer((socket) => {
    mostAtOnce = Math.max(mostAtOnce, sockets.add(socket).size)
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket))
    socket.pipe(socket)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
})

afterEach(async () => {
  await once(server.close(), 'close')
})

function newPool(options: PoolOptions = {}): Pool {
  const { port } = server.address() as AddressInfo
  return new Pool({ endpoint: { host: '127.0.0.1', port }, ...options })
}

async function echo(socket: Socket, text: string): Promise<string> {
  socket.write(text)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  return answer.toString()
}

test('basic operations: a connection is acquired, used, released and lent again', async () => {
  await using pool = newPool({ minSize: 2, maxSize: 10 })
  await pool.ready()

  const first = await pool.acquire()
  const answer = await echo(first.connection, 'hello')
  first.release()
  const second = await pool.acquire()

  expect(answer).toBe('hello')
  expect(second.info).toMatchObject({ id: first.info.id, uses: 2 })
  expect(() => first.connection).toThrow(PoolError)
  second.release()
  expect(pool.stats()).toMatchObject({ total: 2, idle: 2, leased: 0, dials: 2, hits: 2 })
})

describe('at the maximum', () => {
  test('one more acquire gives up after its 50 ms, and a release serves the next', async () => {
    await using pool = newPool({ maxSize: 2 })
    const [first, second] = await Promise.all([pool.acquire(), pool.acquire()])
    const startedAt = performance.now()

    const refusal = await pool.acquire({ timeoutMs: 50 }).catch((error: unknown) => error)
    const waitedMs = performance.now() - startedAt
    first.release()
    const third = await pool.acquire({ timeoutMs: 50 })

    expect(refusal).toMatchObject({ code: 'ACQUIRE_TIMEOUT', phase: 'queued', stats: { leased: 2, maxSize: 2 } })
    expect(waitedMs).toBeGreaterThanOrEqual(50)
    expect(third.info.id).toBe(first.info.id)
    expect(mostAtOnce).toBe(2)
    second.release()
    third.release()
  })

  test('a signal ends the wait as well', async () => {
    await using pool = newPool({ maxSize: 1 })
    const held = await pool.acquire()

    const refusal = await pool.acquire({ signal: AbortSignal.timeout(50) }).catch((error: unknown) => error)

    expect(refusal).toMatchObject({ name: 'TimeoutError' })
    expect(pool.stats().waiting).toBe(0)
    held.release()
  })
})

test('50 concurrent users on 10 connections are all served, each with its own answer', async () => {
  await using pool = newPool({ maxSize: 10 })
  const rounds = Array.from({ length: 20 }, (_, round) => round)
  let leased = 0
  let mostLeased = 0

  const user = async (name: number): Promise<void> => {
    for (const round of rounds) {
      const text = `user ${name}, round ${round}`
      const answer = await pool.use((socket) => {
        mostLeased = Math.max(mostLeased, ++leased)
        return echo(socket, text).finally(() => leased--)
      })
      expect(answer).toBe(text)
    }
  }
  await Promise.all(Array.from({ length: 50 }, (_, name) => user(name)))

  expect(mostLeased).toBeLessThanOrEqual(10)
  expect(mostAtOnce).toBeLessThanOrEqual(10)
  expect(pool.stats()).toMatchObject({ acquired: 1_000, released: 1_000, leased: 0, waiting: 0, timeouts: 0 })
})

describe('the health check', () => {
  test('is called before a connection is lent again, and not for one that was just dialed', async () => {
    const probed: Socket[] = []
    await using pool = newPool({ probe: (socket) => void probed.push(socket) })

    const first = await pool.acquire()
    const { connection } = first
    const probedAtFirst = probed.length
    first.release()
    const second = await pool.acquire()

    expect(probedAtFirst).toBe(0)
    expect(probed).toEqual([connection])
    expect(second.connection).toBe(connection)
    second.release()
  })

  test('sees to it that a broken connection is never lent', async () => {
    let isHealthy = true
    await using pool = newPool({ probe: () => isHealthy })
    const first = await pool.acquire()
    first.release()

    isHealthy = false
    const second = await pool.acquire()

    expect(second.info).toMatchObject({ id: first.info.id + 1, uses: 1 })
    expect(pool.stats()).toMatchObject({ probes: 1, probeFailures: 1, closed: { 'probe-failed': 1 } })
    second.release()
  })
})

test('statistics before, during and after', async () => {
  const pool = newPool({ maxSize: 2 })

  const before = pool.stats()
  const leases = await Promise.all([pool.acquire(), pool.acquire()])
  const waiting = pool.acquire()
  const during = pool.stats()
  leases[0].release()
  const third = await waiting
  for (const lease of [leases[1], third]) lease.release()
  const after = pool.stats()
  const report = await pool.close()
  const closed = pool.stats()

  expect(before).toMatchObject({ total: 0, idle: 0, leased: 0, waiting: 0, acquired: 0, hits: 0, misses: 0, dials: 0 })
  expect(during).toMatchObject({ total: 2, idle: 0, leased: 2, waiting: 1, acquired: 2, hits: 0, misses: 2, dials: 2 })
  expect(after).toMatchObject({ total: 2, idle: 2, leased: 0, waiting: 0, acquired: 3, hits: 1, misses: 2, dials: 2 })
  expect(report).toMatchObject({ drained: 0, cut: 0, refused: 0 })
  expect(closed).toMatchObject({ total: 0, closing: 0, closed: { 'pool-closed': 2 } })
  await expect(pool.acquire()).rejects.toMatchObject({ code: 'POOL_CLOSED' })
})
