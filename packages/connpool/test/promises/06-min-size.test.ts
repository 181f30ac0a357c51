// Promise 6: the pool returns to minSize by itself after any loss, at the pace of the backoff.
import { describe, expect, test } from 'vitest'
import type { Lease, Pool, PoolOptions } from 'connpool'
import { FakeClock, FakeDialer } from 'connpool/testing'
import type { FakeConnection, FakeDialerOptions } from 'connpool/testing'

import { Callers } from '../fixtures/callers.ts'
import { CountingServer } from '../fixtures/counting-server.ts'
import { ownPool } from '../fixtures/own-pool.ts'
import { until } from '../fixtures/until.ts'

const justBelowOne = 1 - 1e-9

function given(options: PoolOptions<FakeConnection> = {}, dialing: FakeDialerOptions<FakeConnection> = {}) {
  const clock = new FakeClock()
  const dialer = new FakeDialer({ clock, ...dialing })
  const pool = ownPool({ dial: dialer.dial, clock, random: () => justBelowOne, minSize: 3, ...options })
  return { clock, dialer, pool, callers: new Callers(pool, clock) }
}

interface World {
  readonly clock: FakeClock
  readonly dialer: FakeDialer
  readonly pool: Pool<FakeConnection>
}

interface Loss {
  readonly options?: PoolOptions<FakeConnection>
  readonly happens: (world: World) => unknown
}

const failing = (): never => {
  throw new Error('not today')
}

const byHolder = (end: (lease: Lease<FakeConnection>) => unknown): Loss => ({
  happens: async ({ pool, clock }) => {
    const caller = new Callers(pool, clock).call('holder')
    await clock.settle()
    end(caller.served)
  },
})

const losses: Readonly<Record<string, Loss>> = {
  'the peers hang up': { happens: ({ dialer }) => dialer.connections.map((connection) => connection.hangUp()) },
  'the peers break off': { happens: ({ dialer }) => dialer.connections.map((connection) => connection.kill()) },
  'the peers speak unasked': { happens: ({ dialer }) => dialer.connections.map((connection) => connection.say('!')) },
  'a holder discards': byHolder((lease) => lease.discard()),
  'a holder discards with a reason': byHolder((lease) => lease.discard(new Error('broken'))),
  'a holder drops his lease': byHolder((lease) => lease[Symbol.dispose]()),
  'a holder detaches': byHolder((lease) => lease.detach()),
  'a holder leaves dirt': byHolder((lease) => {
    lease.connection.cork()
    lease.release()
  }),
  'a lease is taken back': { ...byHolder(() => undefined), options: { maxLeaseMs: 50 } },
  'a connection has served its leases': { ...byHolder((lease) => lease.release()), options: { maxUses: 1 } },
  'a reset fails': { ...byHolder((lease) => lease.release()), options: { reset: failing } },
  'background probes fail': {
    options: { probe: failing, probeIntervalMs: 1_000 },
    happens: ({ clock }) => clock.advance(1_000),
  },
  'connections grow old': {
    options: { maxLifetimeMs: 10_000, maxSize: 3 },
    happens: ({ clock }) => clock.advance(10_000),
  },
  'all are replaced': { happens: ({ pool }) => pool.clear() },
}

describe('the pool returns to minSize by itself', () => {
  test.each(Object.entries(losses))('after %s', async (_, { options, happens }) => {
    const { clock, dialer, pool } = given(options)
    await clock.settle()
    expect(pool.stats().idle).toBe(3)

    await happens({ clock, dialer, pool })
    await clock.advance(500)

    expect(pool.stats()).toMatchObject({ idle: 3, total: 3, dialing: 0, closing: 0 })
    expect(pool.stats().dials).toBeGreaterThan(3)
  })

  test('when it was made', async () => {
    const { clock, pool } = given()

    await clock.settle()

    expect(pool.stats()).toMatchObject({ idle: 3, total: 3 })
  })

  test('when minSize is raised', async () => {
    const { clock, pool } = given({ minSize: 0 })

    pool.resize({ minSize: 4 })
    await clock.settle()

    expect(pool.stats()).toMatchObject({ idle: 4, minSize: 4 })
  })

  test('and not beyond it, and not below it by idling', async () => {
    const { clock, pool, callers } = given({ maxSize: 6, idleTimeoutMs: 1_000 })
    const crowd = callers.crowd(6)
    await clock.settle()
    for (const { served } of crowd) served.release()
    await clock.settle()
    expect(pool.stats().idle).toBe(6)

    await clock.advance(60_000)

    expect(pool.stats()).toMatchObject({ idle: 3, closed: { 'idle-timeout': 3 } })
  })

  test('but not after close()', async () => {
    const { clock, pool } = given()
    await clock.settle()
    await pool.close()

    await clock.advance(60_000)

    expect(pool.stats()).toMatchObject({ total: 0, dialing: 0, dials: 3 })
  })

  test('over real sockets, after a server that died has come back', async () => {
    await using server = await CountingServer.listen()
    const pool = ownPool({ endpoint: server.endpoint, minSize: 3, backoff: { baseMs: 5, maxMs: 10 } })
    await pool.ready()

    await server.stop()
    await until('all are lost', () => pool.stats().total === 0)
    await server.start()

    await until('all are back', () => pool.stats().idle === 3 && server.open === 3)
  })
})

describe('at the pace of the backoff', () => {
  async function timesOfAttempts(draw: number, forMs: number, options: PoolOptions<FakeConnection> = {}) {
    const clock = new FakeClock()
    const dialer = new FakeDialer({ clock })
    const times: number[] = []
    dialer.failNext(1_000)
    ownPool<FakeConnection>({
      dial: (context) => {
        times.push(clock.now())
        return dialer.dial(context)
      },
      clock,
      random: () => draw,
      minSize: 1,
      breaker: false,
      ...options,
    })
    await clock.advance(forMs)
    return times
  }

  const pauses = (times: readonly number[]): number[] =>
    times.slice(1).map((time, index) => Math.round(time - (times[index] ?? 0)))

  test('the pauses double from baseMs to maxMs, where they stay', async () => {
    const times = await timesOfAttempts(justBelowOne, 45_000)

    expect(pauses(times)).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000, 10_000])
  })

  test('each is drawn from its whole length', async () => {
    expect(pauses(await timesOfAttempts(0.5, 2_000))).toEqual([50, 100, 200, 400, 800])
    expect(pauses(await timesOfAttempts(0.1, 600, { backoff: { baseMs: 1_000, maxMs: 2_000 } }))).toEqual([
      100, 200, 200,
    ])
  })

  test('connections that are lost before anybody has used them are not dialed in a loop', async () => {
    const { clock, dialer, pool } = given({ minSize: 2 }, { answers: 'at-once', delayMs: 0 })
    for (let second = 0; second < 60; second++) {
      for (const connection of dialer.connections) if (!connection.destroyed) connection.hangUp()
      await clock.advance(1_000)
    }

    expect(pool.stats().dials).toBeLessThanOrEqual(30)
  })

  test('while the endpoint is down there is one attempt at a time, however many are missing', async () => {
    const { clock, dialer, pool } = given(
      { minSize: 8, maxDialing: 8, breaker: false, dialTimeoutMs: 60_000 },
      { answers: 'by-hand' },
    )
    await clock.settle()
    while (dialer.pending.length > 0) dialer.fail()
    let most = 0

    for (let attempt = 0; attempt < 8; attempt++) {
      await clock.advance(10_000)
      most = Math.max(most, dialer.pending.length)
      dialer.fail()
    }

    expect(most).toBe(1)
    expect(pool.stats().dials).toBe(16)
  })

  test('after it come one, two and four at once', async () => {
    const { clock, dialer } = given({ minSize: 9, maxSize: 20, maxDialing: 20, breaker: false }, { answers: 'by-hand' })
    await clock.settle()
    while (dialer.pending.length > 0) dialer.fail()
    await clock.advance(10_000)
    const underWay: number[] = []

    while (dialer.pending.length > 0) {
      underWay.push(dialer.pending.length)
      dialer.succeed()
      await clock.settle()
    }

    // One that tries, then the ramp, then what is still missing.
    expect(underWay.slice(0, 5)).toEqual([1, 1, 2, 4, 5])
  })

  test('while the breaker is open it is tried once for each openMs, and once it is back all are', async () => {
    const { clock, dialer, pool } = given({ breaker: { failureThreshold: 3, openMs: 5_000, maxOpenMs: 5_000 } })
    await clock.settle()
    dialer.failNext(20)
    for (const connection of dialer.connections) connection.kill()
    await clock.advance(5_000)
    const before = pool.stats().dials

    await clock.advance(20_000)
    expect(pool.stats().dials - before).toBeLessThanOrEqual(6)
    expect(pool.stats().total).toBe(0)

    await clock.advance(120_000)
    expect(pool.stats()).toMatchObject({ idle: 3, total: 3 })
  })
})
