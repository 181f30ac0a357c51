// Promise 12: close() refuses waiters at once, waits for leases up to graceMs, then takes them back; it always resolves,
// with a report, when the last socket is gone. destroy() is close({ graceMs: 0 }) with a reason.
import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { CloseReport, Pool, PoolOptions } from 'connpool'
import { FakeClock, FakeDialer } from 'connpool/testing'
import type { FakeConnection, FakeDialerOptions } from 'connpool/testing'

import { Callers } from '../fixtures/callers.ts'
import { CountingServer, serving } from '../fixtures/counting-server.ts'
import { ownPool } from '../fixtures/own-pool.ts'
import { until } from '../fixtures/until.ts'

function given(options: PoolOptions<FakeConnection> = {}, dialing: FakeDialerOptions<FakeConnection> = {}) {
  const clock = new FakeClock()
  const dialer = new FakeDialer({ clock, ...dialing })
  const pool = ownPool({ dial: dialer.dial, clock, random: () => 0.9, ...options })
  return { clock, dialer, pool, callers: new Callers(pool, clock) }
}

/** The report of a close, once there is one. */
function follow(closing: Promise<CloseReport>): { report?: CloseReport } {
  const followed: { report?: CloseReport } = {}
  void closing.then((report) => (followed.report = report))
  return followed
}

const hang = (): Promise<never> => new Promise(() => undefined)

describe('close()', () => {
  test('refuses those who wait at once, in the same turn', async () => {
    const { pool, callers } = given({ maxSize: 1 })
    const holder = callers.call('holder')
    await setImmediate()
    callers.crowd(3)

    void pool.close()
    await Promise.resolve()
    await Promise.resolve()

    expect(callers.answers).toEqual(['holder', '1: POOL_CLOSED', '2: POOL_CLOSED', '3: POOL_CLOSED'])
    expect(pool.stats().waiting).toBe(0)
    holder.served.release()
  })

  test.each(['draining', 'stopped'])('refuses everything that is asked of it from then on, %s', async (lifecycle) => {
    const { pool, clock } = given()
    const holder = await pool.acquire()
    const closing = pool.close()
    if (lifecycle === 'stopped') {
      holder.release()
      await closing
    }
    expect(pool.explain().lifecycle).toBe(lifecycle)

    const asked = [pool.acquire(), pool.use(() => 1), pool.pinned(() => 1), pool.ready(), pool.warm(1)]
    const outcomes = await Promise.allSettled(asked)

    expect(outcomes.map((outcome) => (outcome.status === 'rejected' ? (outcome.reason as object) : 'served'))).toEqual(
      asked.map(() => expect.objectContaining({ code: 'POOL_CLOSED' }) as object),
    )
    await clock.settle()
    expect(pool.stats().dials).toBe(1)
  })

  test('refuses those who wait in ready() and warm()', async () => {
    const { pool, dialer } = given({ minSize: 1 })
    dialer.hangNext(5)
    const waiting = Promise.allSettled([pool.ready(), pool.warm(2)])

    void pool.close()

    expect(await waiting).toMatchObject([{ reason: { code: 'POOL_CLOSED' } }, { reason: { code: 'POOL_CLOSED' } }])
  })

  test('closes idle connections at once and lets leases end by themselves', async () => {
    const { clock, dialer, pool } = given()
    const [one, other] = await Promise.all([pool.acquire(), pool.acquire()])
    other.release()
    const closing = follow(pool.close())
    await clock.advance(10_000)
    expect(dialer.connections.map(({ destroyed }) => destroyed)).toEqual([false, true])
    expect(one.signal.aborted).toBe(false)

    one.release()
    await clock.settle()

    expect(closing.report).toMatchObject({ drained: 1, cut: 0, refused: 0, elapsedMs: 10_000 })
    expect(dialer.openCount).toBe(0)
    expect(pool.stats().closed['pool-closed']).toBe(2)
  })

  test('lends nothing that comes back meanwhile', async () => {
    const { clock, dialer, pool } = given({ reset: () => undefined, minSize: 2 })
    const lease = await pool.acquire()
    await clock.settle()
    const closing = follow(pool.close())

    lease.release()
    await clock.settle()

    expect(pool.stats()).toMatchObject({ idle: 0, probing: 0, total: 0, dialing: 0 })
    expect(dialer.openCount).toBe(0)
    expect(closing.report).toBeDefined()
  })

  test.each([
    [undefined, 30_000],
    [{ graceMs: 700 }, 700],
    [{ graceMs: 0 }, 0],
  ])('with %o takes leases back after %i ms', async (options, graceMs) => {
    const { clock, dialer, pool } = given()
    const lease = await pool.acquire()
    const { signal } = lease
    const closing = follow(pool.close(options))
    if (graceMs > 0) await clock.advance(graceMs - 1)
    expect(signal.aborted).toBe(graceMs === 0)

    await clock.advance(graceMs === 0 ? 0 : 1)

    expect(signal.aborted).toBe(true)
    expect(dialer.connections[0]?.destroyed).toBe(true)
    expect(closing.report).toMatchObject({ drained: 0, cut: 1, refused: 0, elapsedMs: graceMs })
    expect(() => lease.connection).toThrow(expect.objectContaining({ code: 'LEASE_ENDED' }) as Error)
  })

  test('with graceMs: Infinity waits as long as it takes', async () => {
    const { clock, pool } = given()
    const lease = await pool.acquire()
    const closing = follow(pool.close({ graceMs: Infinity }))
    await clock.advance(1e8)
    expect(closing.report).toBe(undefined)

    lease.release()
    await clock.settle()

    expect(closing.report).toMatchObject({ drained: 1 })
  })

  test('reports what became of everybody', async () => {
    const { clock, pool, callers } = given({ maxSize: 3 })
    const [first, second] = callers.crowd(3)
    await clock.settle()
    callers.call('one waiter')
    callers.call('another waiter')
    const closing = follow(pool.close({ graceMs: 500 }))

    first?.served.release()
    second?.served.discard()
    await clock.advance(600)

    expect(closing.report).toEqual({ drained: 2, cut: 1, refused: 2, elapsedMs: 500 })
  })

  test('of a pool that has nothing resolves at once', async () => {
    const { pool } = given()

    expect(await pool.close()).toEqual({ drained: 0, cut: 0, refused: 0, elapsedMs: 0 })
  })

  test('twice is one close; the second may only be in more of a hurry', async () => {
    const { clock, pool } = given()
    await pool.acquire()
    const first = follow(pool.close({ graceMs: 500 }))
    const second = follow(pool.close({ graceMs: 100_000 }))
    const third = follow(pool.close({ graceMs: 200 }))

    await clock.advance(200)

    expect(first.report).toMatchObject({ cut: 1, elapsedMs: 200 })
    expect([second.report, third.report]).toEqual([first.report, first.report])
  })

  test('after it has resolved answers the same report', async () => {
    const { pool } = given()
    ;(await pool.acquire()).release()

    const report = await pool.close()

    expect(await pool.close()).toEqual(report)
    expect(await pool.destroy()).toEqual(report)
  })

  test('closes a paused pool too', async () => {
    const { clock, pool, callers } = given()
    const holder = await pool.acquire()
    pool.pause()
    callers.call('somebody')
    const closing = follow(pool.close({ graceMs: 100 }))

    await clock.advance(100)

    expect(callers.answers).toEqual(['somebody: POOL_CLOSED'])
    expect(closing.report).toMatchObject({ cut: 1, refused: 1 })
    holder.release()
  })

  test('is what await using does', async () => {
    const { dialer, pool } = given()
    ;(await pool.acquire()).release()

    await pool[Symbol.asyncDispose]()

    expect(dialer.openCount).toBe(0)
    expect(() => pool.tryAcquire()).toThrow(expect.objectContaining({ code: 'POOL_CLOSED' }) as Error)
  })
})

describe('close() resolves', () => {
  interface Stuck {
    readonly options?: PoolOptions<FakeConnection>
    readonly dialing?: FakeDialerOptions<FakeConnection>
    readonly begin: (world: ReturnType<typeof given>) => unknown
  }

  const use = async ({ pool }: { pool: Pool<FakeConnection> }): Promise<void> => (await pool.acquire()).release()

  const stuck: Readonly<Record<string, Stuck>> = {
    'a dial that never settles and ignores its signal': {
      options: { dial: hang },
      begin: ({ callers }) => callers.call('somebody'),
    },
    'a dial that never settles and listens': {
      dialing: { answers: 'by-hand' },
      begin: ({ callers }) => callers.call('somebody'),
    },
    'a dial whose failure is the last thing that happens': {
      dialing: { answers: 'by-hand' },
      begin: ({ callers, dialer, clock }) => {
        callers.call('somebody')
        clock.arriveAt(50, () => dialer.pending.length > 0 && dialer.fail())
      },
    },
    'an onConnect that never settles': {
      options: { onConnect: hang },
      begin: ({ callers }) => callers.call('somebody'),
    },
    'a probe that never settles': {
      options: { probe: hang },
      begin: async (world) => {
        await use(world)
        world.callers.call('somebody')
      },
    },
    'a background probe that never settles': {
      options: { probe: hang, probeIntervalMs: 100 },
      begin: async (world) => {
        await use(world)
        await world.clock.advance(150)
      },
    },
    'a reset that never settles': { options: { reset: hang }, begin: use },
    'a closeConnection that never settles': { options: { closeConnection: hang }, begin: use },
    'a closeConnection that throws': {
      options: {
        closeConnection: () => {
          throw new Error('cannot be closed')
        },
      },
      begin: use,
    },
    'a holder who never lets go': { begin: ({ pool }) => pool.acquire() },
    'a peer that never answers the end': {
      begin: async ({ pool, dialer }) => {
        await use({ pool })
        dialer.connections[0]?.goSilent()
      },
    },
    'a back-off': {
      begin: ({ dialer, callers }) => {
        dialer.failNext()
        callers.call('somebody')
      },
    },
    'an open breaker': {
      begin: async ({ dialer, callers, clock }) => {
        dialer.failNext(10)
        callers.call('somebody')
        await clock.advance(3_000)
      },
    },
  }

  test.each(Object.entries(stuck))('in the face of %s', async (_, { options, dialing, begin }) => {
    const world = given({ ...options, closeTimeoutMs: 1_000 }, dialing)
    await begin(world)
    await world.clock.settle()

    const closing = follow(world.pool.close({ graceMs: 500 }))
    await world.clock.advance(1_500)

    expect(closing.report).toBeDefined()
    expect(world.pool.stats()).toMatchObject({ total: 0, dialing: 0, closing: 0, waiting: 0, leased: 0 })
    expect(world.clock.pendingCount).toBe(0)
  })

  test('when the last socket is gone, as counted by the server', async () => {
    await using server = await CountingServer.listen()
    const pool = ownPool({ endpoint: server.endpoint, maxSize: 10 })
    const leases = await Promise.all(Array.from({ length: 8 }, () => pool.acquire()))
    for (const lease of leases.slice(0, 4)) lease.release()
    for (const lease of leases.slice(4, 6)) lease.discard()
    await until('the server has accepted all', () => server.accepted === 8)

    const report = await pool.close({ graceMs: 0 })

    expect(report).toMatchObject({ drained: 0, cut: 2 })
    await until('the server has seen the last end', () => server.open === 0)
    expect(pool.stats()).toMatchObject({ total: 0, closing: 0 })
  })

  test('not before a gentle end was answered', async () => {
    await using server = await CountingServer.listen(serving.silent, { allowHalfOpen: true })
    const pool = ownPool({ endpoint: server.endpoint })
    ;(await pool.acquire()).release()
    const closing = follow(pool.close())
    await until('the server has heard the end', () => server.newest.readableEnded)
    expect(closing.report).toBe(undefined)

    server.endAll()

    await until('it has resolved', () => closing.report !== undefined)
  })

  test('with a silent peer within closeTimeoutMs', async () => {
    await using server = await CountingServer.listen(serving.silent, { allowHalfOpen: true })
    const pool = ownPool({ endpoint: server.endpoint, closeTimeoutMs: 40 })
    ;(await pool.acquire()).release()

    const { elapsedMs } = await pool.close()

    expect(elapsedMs).toBeGreaterThanOrEqual(38)
    await until('the server has seen the end', () => server.open === 0)
  })
})

describe('destroy()', () => {
  test('takes leases back at once and tells holders and later callers why', async () => {
    const { clock, dialer, pool, callers } = given({ maxSize: 1 })
    const lease = await pool.acquire()
    const { signal } = lease
    const waiter = callers.call('waiter')
    const reason = new Error('the process is going down')

    const closing = follow(pool.destroy(reason))
    await clock.settle()

    expect(signal.reason).toBe(reason)
    expect(closing.report).toMatchObject({ drained: 0, cut: 1, refused: 1 })
    expect(waiter.refused).toMatchObject({ code: 'POOL_CLOSED', cause: reason })
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'POOL_CLOSED', cause: reason })
    expect(dialer.openCount).toBe(0)
  })

  test('without a reason says that the pool is closed, once', async () => {
    const { clock, pool, callers } = given({ maxSize: 1 })
    const { signal } = await pool.acquire()
    const waiter = callers.call('waiter')

    void pool.destroy()
    await clock.settle()

    expect(signal.reason).toMatchObject({ code: 'POOL_CLOSED' })
    expect(waiter.refused.message.match(/closed/g)?.length).toBe(1)
  })

  test('cuts short a close that is waiting', async () => {
    const { clock, pool } = given()
    const { signal } = await pool.acquire()
    const closing = follow(pool.close())
    const reason = new Error('no time left')

    void pool.destroy(reason)
    await clock.settle()

    expect(closing.report).toMatchObject({ cut: 1 })
    expect(signal.reason).toBe(reason)
  })

  test('of a socket in use breaks it off: the holder can write nothing more', async () => {
    await using server = await CountingServer.listen()
    const pool = ownPool({ endpoint: server.endpoint })
    const { connection } = await pool.acquire()

    await pool.destroy()

    expect(connection.destroyed).toBe(true)
    await until('the server has seen the end', () => server.open === 0)
  })
})
