// Promise 2: a dial belongs to the pool, not to a waiter.
import { describe, expect, test } from 'vitest'
import type { PoolOptions } from 'connpool'
import { FakeClock, FakeDialer } from 'connpool/testing'
import type { FakeConnection, FakeDialerOptions } from 'connpool/testing'

import { Callers, holdFor } from '../fixtures/callers.ts'
import { ownPool } from '../fixtures/own-pool.ts'

function given(options: PoolOptions<FakeConnection> = {}, dialing: FakeDialerOptions<FakeConnection> = {}) {
  const clock = new FakeClock()
  const dialer = new FakeDialer({ answers: 'by-hand', clock, ...dialing })
  const pool = ownPool({ dial: dialer.dial, clock, random: () => 0.5, ...options })
  return { clock, dialer, pool, callers: new Callers(pool, clock) }
}

describe('whatever becomes free first goes to the oldest waiter', () => {
  test('a connection that is released while the oldest waits for a dial', async () => {
    const { clock, dialer, pool, callers } = given()
    const holder = callers.call('holder')
    dialer.succeed()
    await clock.settle()
    const oldest = callers.call('oldest')
    const next = callers.call('next')
    expect(dialer.pending.length).toBe(2)

    holder.served.release()
    await clock.settle()
    dialer.succeed()
    await clock.settle()

    expect(callers.answers).toEqual(['holder', 'oldest', 'next'])
    expect([oldest.served.info.id, next.served.info.id]).toEqual([1, 2])
    expect(pool.stats().dials).toBe(3)
  })

  test('a dial that a younger one caused and that is the first to land', async () => {
    const clock = new FakeClock()
    const landings: (() => void)[] = []
    const dial = (): Promise<object> => new Promise((resolve) => landings.push(() => resolve({})))
    const callers = new Callers(ownPool<object>({ dial, clock }), clock)
    callers.call('oldest')
    callers.call('next')

    landings[1]?.()
    await clock.settle()

    expect(callers.answers).toEqual(['oldest'])
  })

  test('a dial that lands after its causer was served by a release, though others came since', async () => {
    const { clock, dialer, callers } = given({ maxSize: 2 })
    const holder = callers.call('holder')
    dialer.succeed()
    await clock.settle()
    callers.call('causer')
    holder.served.release()
    await clock.settle()
    callers.call('came since')
    callers.call('came last')

    dialer.succeed()
    await clock.settle()

    expect(callers.answers).toEqual(['holder', 'causer', 'came since'])
    expect(dialer.dials.length).toBe(2)
  })
})

describe('a dial nobody needs any more is not started', () => {
  const leaving: Record<string, (world: ReturnType<typeof given>, leave: AbortController) => unknown> = {
    'when the others have cancelled': (_, leave) => leave.abort(),
    'when the others have timed out': ({ clock }) => clock.advance(1_000),
  }

  test.each(Object.entries(leaving))('%s', async (_, leave) => {
    const world = given({ maxDialing: 1, dialTimeoutMs: 5_000 })
    const { clock, dialer, pool, callers } = world
    const abort = new AbortController()
    callers.call('oldest')
    callers.call('next', { timeoutMs: 1_000, signal: abort.signal })
    callers.call('last', { timeoutMs: 1_000, signal: abort.signal })

    await leave(world, abort)
    dialer.succeed()
    await clock.advance(1_000)

    expect(pool.stats()).toMatchObject({ dials: 1, leased: 1, waiting: 0 })
  })

  test('when the others were served by what came back', async () => {
    const { clock, dialer, pool, callers } = given({ maxDialing: 1 })
    const holder = callers.call('holder')
    dialer.succeed()
    await clock.settle()
    const crowd = callers.crowd(3)

    for (const caller of [holder, ...crowd.slice(0, 2)]) {
      caller.served.release()
      await clock.settle()
    }
    expect(pool.stats()).toMatchObject({ dials: 2, dialing: 1, waiting: 0 })

    dialer.succeed()
    await clock.settle()
    expect(pool.stats()).toMatchObject({ dials: 2, idle: 1 })
  })

  test('when who waited for the end of a back-off has left', async () => {
    const { clock, dialer, pool, callers } = given({ backoff: { baseMs: 1_000 } })
    callers.call('somebody', { timeoutMs: 200 })
    dialer.fail()
    await clock.advance(5_000)

    expect(callers.answers).toEqual(['somebody: ACQUIRE_TIMEOUT'])
    expect(pool.stats().dials).toBe(1)
  })

  test('when who waited for the end of a pause has left', async () => {
    const { clock, pool, callers } = given()
    pool.pause()
    callers.call('somebody', { timeoutMs: 200 })
    await clock.advance(200)

    pool.resume()
    await clock.settle()

    expect(pool.stats().dials).toBe(0)
  })

  test('when an idle connection is there for the one who asks', async () => {
    const { clock, dialer, pool, callers } = given()
    const first = callers.call('first')
    dialer.succeed()
    await clock.settle()
    first.served.release()

    callers.call('second')
    await clock.settle()

    expect(pool.stats()).toMatchObject({ dials: 1, hits: 1 })
  })
})

describe('a dial under way is adopted, never leaked', () => {
  test.each(['cancelled', 'timed out'])('when its causer has %s, it idles and serves the next', async (how) => {
    const { clock, dialer, pool, callers } = given()
    const abort = new AbortController()
    callers.call('causer', { timeoutMs: 100, signal: abort.signal })
    if (how === 'cancelled') abort.abort(how)
    else await clock.advance(100)
    await clock.settle()
    expect(dialer.dials[0]?.context.signal.aborted).toBe(false)

    const connection = dialer.succeed()
    await clock.settle()
    expect(pool.stats()).toMatchObject({ idle: 1, dialing: 0, dialFailures: 0 })

    const lease = await pool.acquire()
    expect(lease.connection).toBe(connection)
  })

  test('when everybody has left for good, it falls idle and closes as any other', async () => {
    const { clock, dialer, pool, callers } = given({ idleTimeoutMs: 60_000 })
    callers.call('causer', { timeoutMs: 100 })
    await clock.advance(100)
    const connection = dialer.succeed()

    await clock.advance(60_000)

    expect(connection.destroyed).toBe(true)
    expect(pool.stats()).toMatchObject({ total: 0, closing: 0, closed: { 'idle-timeout': 1 } })
  })

  test('when the pool closes meanwhile, the connection is closed and lent to nobody', async () => {
    const clock = new FakeClock()
    const connections: { destroyed: boolean; destroy(): void }[] = []
    const landings: (() => void)[] = []
    const dial = (): Promise<object> =>
      new Promise((resolve) => {
        const connection = { destroyed: false, destroy: () => void (connection.destroyed = true) }
        connections.push(connection)
        landings.push(() => resolve(connection))
      })
    const pool = ownPool<object>({ dial, clock })
    const callers = new Callers(pool, clock)
    callers.call('somebody')
    const report = pool.close()

    landings[0]?.()

    await report
    expect(callers.answers).toEqual(['somebody: POOL_CLOSED'])
    expect(connections.map(({ destroyed }) => destroyed)).toEqual([true])
  })
})

describe('when a connection has reached its age', () => {
  const told = (options: PoolOptions<FakeConnection>) => {
    const story: string[] = []
    const world = given({
      ...options,
      maxLifetimeMs: 1_000,
      lifetimeJitterRatio: 0,
      closeConnection: ({ id }) => story.push(`close ${id}`),
    })
    const dials = world.dialer.dials
    const look = (): string[] => {
      const { length } = story.filter((line) => line.startsWith('dial'))
      for (const { id } of dials.slice(length)) story.push(`dial ${id}`)
      return story
    }
    return { ...world, look }
  }

  test('at maxSize it closes before its replacement is dialed', async () => {
    const { clock, dialer, pool, look } = told({ minSize: 1, maxSize: 1, closeTimeoutMs: 2_000 })
    await clock.settle()
    look()
    dialer.succeed()
    await clock.advance(999)
    expect(look()).toEqual(['dial 1'])

    await clock.advance(1)
    expect(look()).toEqual(['dial 1', 'close 1', 'dial 2'])
    expect(pool.stats()).toMatchObject({ dialing: 1, closing: 0 })
  })

  test('at maxSize its replacement waits as long as closing takes', async () => {
    let closed: (() => void) | undefined
    const { clock, dialer, pool } = given({
      minSize: 1,
      maxSize: 1,
      maxLifetimeMs: 1_000,
      lifetimeJitterRatio: 0,
      closeConnection: () => new Promise<void>((resolve) => (closed = resolve)),
    })
    await clock.settle()
    dialer.succeed()
    await clock.advance(1_500)
    expect(pool.stats()).toMatchObject({ closing: 1, dialing: 0 })

    closed?.()
    await clock.settle()

    expect(pool.stats()).toMatchObject({ closing: 0, dialing: 1 })
  })

  test('with room for both it is replaced before it closes', async () => {
    const { clock, dialer, pool, look } = told({ minSize: 1, maxSize: 2 })
    await clock.settle()
    look()
    dialer.succeed()

    await clock.advance(1_000)
    expect(look()).toEqual(['dial 1', 'dial 2'])
    expect(pool.stats()).toMatchObject({ total: 1, dialing: 1 })

    dialer.succeed()
    await clock.settle()
    expect(look()).toEqual(['dial 1', 'dial 2', 'close 1'])
    expect(pool.stats()).toMatchObject({ total: 1, closed: { lifetime: 1 } })
  })

  test('in the hands of a holder it stays until it comes back', async () => {
    const { clock, dialer, pool, callers } = told({ maxSize: 1 })
    const holder = callers.call('holder')
    const connection = dialer.succeed()
    await clock.advance(5_000)
    expect([connection.destroyed, pool.stats().leased]).toEqual([false, 1])

    holder.served.release()
    await clock.settle()

    expect(connection.destroyed).toBe(true)
    expect(pool.stats().closed.lifetime).toBe(1)
  })
})

describe.each([10, 100])('the spike, with maxSize %i', (maxSize) => {
  test('50 callers who hold for 2 ms over 5 warm connections open at most 2 more and are done in 25 ms', async () => {
    const { clock, pool, callers } = given({ maxSize }, { answers: 'at-once', delayMs: 150 })
    const warm = pool.warm(5)
    await clock.advance(1_000)
    await warm
    const startedAt = clock.now()
    const { dials } = pool.stats()
    let lastDoneAt = 0

    for (const caller of callers.crowd(50)) void holdFor(clock, caller, 2).then(() => (lastDoneAt = clock.now()))
    await clock.advance(1_000)

    expect(callers.answers).toEqual(Array.from({ length: 50 }, (_, index) => `${index + 1}`))
    expect(lastDoneAt - startedAt).toBeLessThanOrEqual(25)
    expect(pool.stats().dials - dials).toBeLessThanOrEqual(2)
  })
})

describe('the starve', () => {
  test('20 callers who never let go are all served within 4.2 s, with dials of 1 s', async () => {
    const { clock, pool, callers } = given({ maxSize: 20 }, { answers: 'at-once', delayMs: 1_000 })
    const crowd = callers.crowd(20)

    await clock.advance(4_200)

    expect(callers.answers).toEqual(Array.from({ length: 20 }, (_, index) => `${index + 1}`))
    expect(Math.max(...crowd.map(({ answeredAt }) => answeredAt ?? Infinity))).toBeLessThanOrEqual(4_200)
    expect(pool.stats()).toMatchObject({ leased: 20, dials: 20 })
  })

  test('after it, a spike opens few connections again', async () => {
    const { clock, pool, callers } = given({ maxSize: 40 }, { answers: 'at-once', delayMs: 1_000 })
    const crowd = callers.crowd(20)
    await clock.advance(4_200)
    for (const { served } of crowd) served.release()
    const { dials } = pool.stats()

    const spike = new Callers(pool, clock)
    for (const caller of spike.crowd(100)) void holdFor(clock, caller, 2)
    await clock.advance(5_000)

    expect(spike.answers.length).toBe(100)
    expect(pool.stats().dials - dials).toBeLessThanOrEqual(2)
  })
})
