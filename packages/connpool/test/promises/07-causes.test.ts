// Promise 7: failures keep their cause; ACQUIRE_TIMEOUT says its phase, how long, the numbers, the last dial error and
// the longest holders.
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { PoolError } from 'connpool'
import type { EndpointLike, PoolOptions, WaitPhase } from 'connpool'
import { FakeClock, FakeDialer, networkError } from 'connpool/testing'
import type { FakeConnection, FakeDialerOptions } from 'connpool/testing'

import { ask } from '../fixtures/ask.ts'
import { Callers } from '../fixtures/callers.ts'
import { CountingServer, serving } from '../fixtures/counting-server.ts'
import { ownPool } from '../fixtures/own-pool.ts'
import { until } from '../fixtures/until.ts'

function given(options: PoolOptions<FakeConnection> = {}, dialing: FakeDialerOptions<FakeConnection> = {}) {
  const clock = new FakeClock()
  const dialer = new FakeDialer({ clock, ...dialing })
  const pool = ownPool({ dial: dialer.dial, clock, random: () => 0.9, maxSize: 1, ...options })
  return { clock, dialer, pool, callers: new Callers(pool, clock) }
}

const never = (): Promise<never> => new Promise(() => undefined)

type Given = ReturnType<typeof given>

describe('ACQUIRE_TIMEOUT', () => {
  const phases: Record<WaitPhase, () => Given | Promise<Given>> = {
    queued: async () => {
      const world = given()
      world.callers.call('holder')
      await world.clock.settle()
      return world
    },
    dialing: () => given({}, { answers: 'by-hand' }),
    probing: async () => {
      const world = given({ probe: never })
      const warm = world.pool.warm(1)
      await world.clock.settle()
      await warm
      return world
    },
    'backing-off': () => {
      const world = given({ backoff: { baseMs: 10_000 } })
      world.dialer.failNext()
      return world
    },
    paused: async () => {
      const world = given()
      const warm = world.pool.warm(1)
      await world.clock.settle()
      await warm
      world.pool.pause()
      return world
    },
  }

  test.each(Object.entries(phases))(
    'says that it was %s, how long it waited, and the numbers',
    async (phase, begin) => {
      const { clock, pool, callers } = await begin()

      const caller = callers.call('somebody', { timeoutMs: 250 })
      await clock.advance(250)

      const { stats } = caller.refused
      expect(caller.refused).toMatchObject({ code: 'ACQUIRE_TIMEOUT', phase, waitedMs: 250, endpoint: 'custom' })
      expect(stats).toEqual({ ...pool.stats(), waiting: stats?.waiting })
      expect(caller.refused.message).toContain(phase)
      expect(caller.refused.message).toContain('250 ms')
    },
  )

  test('says of a reset, too, that its connection is being examined', async () => {
    const { clock, callers } = given({ reset: never, resetTimeoutMs: 1_000 })
    const holder = callers.call('holder')
    await clock.settle()
    const caller = callers.call('somebody', { timeoutMs: 250 })

    holder.served.release()
    await clock.advance(250)

    expect(caller.refused.phase).toBe('probing')
  })

  test('says what each of several waiters waited for', async () => {
    const { clock, dialer, callers } = given({ maxSize: 2 }, { answers: 'by-hand' })
    callers.call('holder')
    dialer.succeed()
    await clock.settle()

    const first = callers.call('first', { timeoutMs: 100 })
    const second = callers.call('second', { timeoutMs: 90 })
    await clock.advance(100)

    expect([first.refused.phase, second.refused.phase]).toEqual(['dialing', 'queued'])
  })

  test('names the longest holders, longest first', async () => {
    const { clock, callers } = given({ maxSize: 7 })
    for (const holder of callers.crowd(7)) {
      await clock.advance(10)
      expect(holder.isAnswered).toBe(true)
    }
    const late = callers.call('late', { timeoutMs: 100 })
    await clock.advance(100)

    const { holders = [] } = late.refused
    expect(holders.length).toBeGreaterThan(0)
    expect(holders.map(({ ageMs }) => ageMs)).toEqual(holders.map(({ ageMs }) => ageMs).toSorted((a, b) => b - a))
    expect(holders[0]).toEqual({ id: 1, ageMs: 170 })
  })

  test('names who acquired, where stacks are recorded', async () => {
    const { clock, pool, callers } = given({ leakWarnMs: 60_000 })
    async function theHolder(): Promise<void> {
      await pool.acquire()
    }
    await theHolder()
    const late = callers.call('late', { timeoutMs: 100 })
    await clock.advance(100)

    expect(late.refused.holders?.[0]?.stack).toContain('theHolder')
  })

  test.each(['backing-off', 'dialing'] as const)('keeps the last dial error as its cause, %s', async (phase) => {
    const { clock, dialer, callers } = given({ backoff: { baseMs: phase === 'dialing' ? 10 : 10_000 } })
    const refused = networkError('ECONNREFUSED', 'connect')
    dialer.failNext(1, refused)
    dialer.hangNext(1)

    const caller = callers.call('somebody', { timeoutMs: 250 })
    await clock.advance(250)

    expect(caller.refused).toMatchObject({ code: 'ACQUIRE_TIMEOUT', phase })
    expect(caller.refused.cause).toBe(refused)
    expect(caller.refused.message).toContain('ECONNREFUSED')
  })

  test('has no cause once the endpoint is well again', async () => {
    const { clock, dialer, callers } = given({ backoff: { baseMs: 10 } })
    dialer.failNext(1)
    callers.call('holder')
    await clock.advance(100)

    const caller = callers.call('somebody', { timeoutMs: 250 })
    await clock.advance(250)

    expect(caller.refused).toMatchObject({ phase: 'queued' })
    expect(caller.refused.cause).toBe(undefined)
  })

  test('without a breaker says for ever that it was backing off, and why', async () => {
    const { clock, dialer, callers } = given({ breaker: false, acquireTimeoutMs: 30_000, backoff: { maxMs: 2_000 } })
    const refused = networkError('ECONNREFUSED', 'connect')
    dialer.failNext(1_000, refused)

    const caller = callers.call('somebody')
    await clock.advance(30_000)

    expect(caller.refused).toMatchObject({ code: 'ACQUIRE_TIMEOUT', phase: 'backing-off', waitedMs: 30_000 })
    expect(caller.refused.cause).toBe(refused)
  })
})

describe('a refused dial is never disguised as a timeout', () => {
  test('all who wait get DIAL_FAILED with the cause, long before their deadline', async () => {
    const { clock, dialer, callers } = given({ maxSize: 5 })
    const refused = networkError('ECONNREFUSED', 'connect')
    dialer.failNext(1_000, refused)

    const crowd = callers.crowd(4, { timeoutMs: 10_000 })
    await clock.advance(3_000)

    for (const caller of crowd) {
      expect(caller.refused.code).toBe('DIAL_FAILED')
      expect(caller.refused.cause).toBe(refused)
      expect(caller.refused.message).toContain('ECONNREFUSED')
    }
  })

  test('later callers get CIRCUIT_OPEN at once, with the cause and when to come again', async () => {
    const { clock, dialer, callers } = given()
    const refused = networkError('ECONNREFUSED', 'connect')
    dialer.failNext(1_000, refused)
    callers.call('first')
    await clock.advance(3_000)

    const caller = callers.call('later')
    await clock.settle()

    expect(caller.refused).toMatchObject({ code: 'CIRCUIT_OPEN' })
    expect(caller.refused.cause).toBe(refused)
    expect(caller.refused.retryAfterMs).toBeGreaterThan(0)
    expect(caller.refused.retryAfterMs).toBeLessThanOrEqual(10_000)
  })

  test('a dial that takes too long is called that', async () => {
    const { clock, dialer, callers } = given({ dialTimeoutMs: 100, breaker: { failureThreshold: 2 } })
    dialer.hangNext(100)

    const caller = callers.call('somebody', { timeoutMs: 10_000 })
    await clock.advance(5_000)

    expect(caller.refused.code).toBe('DIAL_FAILED')
    expect(String(caller.refused.cause)).toMatch(/100 ms/)
  })

  test('a setup that fails is the cause', async () => {
    const wrongPassword = new Error('WRONGPASS')
    const onConnect = (): Promise<never> => Promise.reject(wrongPassword)
    const { clock, callers } = given({ onConnect })

    const caller = callers.call('somebody')
    await clock.advance(3_000)

    expect(caller.refused.code).toBe('DIAL_FAILED')
    expect(caller.refused.cause).toBe(wrongPassword)
  })

  test('what is thrown that is no error is kept too', async () => {
    const dial = (): Promise<never> => Promise.reject('just a string') // oxlint-disable-line typescript/prefer-promise-reject-errors -- as users do
    const clock = new FakeClock()
    const callers = new Callers(ownPool<object>({ dial, clock, random: () => 0.9 }), clock)

    const caller = callers.call('somebody')
    await clock.advance(3_000)

    expect(caller.refused.cause).toMatchObject({ message: 'just a string', cause: 'just a string' })
  })

  test.each(['ready', 'warm'] as const)('%s() rejects on the first failure, with the cause', async (how) => {
    const { clock, dialer, pool } = given({ minSize: 1 })
    const refused = networkError('ECONNREFUSED', 'connect')
    dialer.failNext(1, refused)
    let error: unknown
    void (how === 'ready' ? pool.ready() : pool.warm(1)).catch((reason: unknown) => (error = reason))

    await clock.settle()

    expect(error).toMatchObject({ code: 'DIAL_FAILED', cause: refused })
  })
})

describe('a failure answers nobody while a retry or a release may still serve them', () => {
  test('an endpoint that is back within the first retries costs no error', async () => {
    const { clock, dialer, callers } = given({ maxSize: 5 })
    dialer.failNext(3)

    for (const caller of callers.crowd(5)) void caller.answer.then(() => caller.served.release())
    await clock.advance(2_000)

    expect(callers.answers).toEqual(['1', '2', '3', '4', '5'])
  })

  test('five failures in a row, with the default backoff, take about a second', async () => {
    for (const draw of [0, 0.25, 0.5, 0.99]) {
      const { clock, dialer, callers } = given({ random: () => draw })
      dialer.failNext(100)
      const caller = callers.call('somebody')
      await clock.advance(5_000)

      expect(caller.refused.code).toBe('DIAL_FAILED')
      expect(caller.answeredAt, `draw ${draw}`).toBeGreaterThanOrEqual(200)
      expect(caller.answeredAt, `draw ${draw}`).toBeLessThanOrEqual(2_000)
    }
  })

  test('a release serves them meanwhile', async () => {
    const { clock, dialer, callers } = given({ maxSize: 2 })
    const holder = callers.call('holder')
    await clock.settle()
    dialer.failNext(100)
    const caller = callers.call('somebody')
    await clock.settle()

    holder.served.release()
    await clock.settle()

    expect(caller.served).toBeDefined()
  })
})

const ignore = (): undefined => undefined

describe('over real sockets', () => {
  const cases: Record<string, { endpoint: EndpointLike; code: RegExp }> = {
    'a port where nobody listens': { endpoint: { host: '127.0.0.1', port: 1 }, code: /^ECONNREFUSED$/ },
    'a name that does not exist': {
      endpoint: { host: 'no-such-host.invalid', port: 80 },
      code: /^(ENOTFOUND|EAI_AGAIN)$/,
    },
    'a Unix socket that is not there': { endpoint: { path: '/nonexistent/socket' }, code: /^ENOENT$/ },
  }

  test.each(Object.entries(cases))('the code of %s survives', async (_, { endpoint, code }) => {
    const pool = ownPool({ endpoint, backoff: { baseMs: 1, maxMs: 1 } })

    const error = await pool.acquire({ timeoutMs: 8_000 }).catch((reason: unknown) => reason)

    expect(error).toBeInstanceOf(PoolError)
    expect((error as PoolError).code).toBe('DIAL_FAILED')
    expect((error as PoolError).cause).toMatchObject({ code: expect.stringMatching(code) as string })
  })

  test.each(['use()', 'leases that are discarded with a reason'])(
    'a server that is back after a moment costs no error to those who wait, whatever was under way by %s',
    async (how) => {
      await using server = await CountingServer.listen()
      const pool = ownPool({ endpoint: server.endpoint, maxSize: 4 })
      const question = (socket: Socket): Promise<string> => ask(socket, 'question')
      const silently = (socket: Socket): Promise<unknown> => once(socket, 'data')
      const hold = async (): Promise<void> => {
        if (how === 'use()') return await pool.use(silently).then(ignore, ignore)
        const lease = await pool.acquire()
        await silently(lease.connection).catch((error: unknown) => lease.discard(error))
      }
      const holders = Array.from({ length: 4 }, hold)
      await until('all are held', () => server.open === 4)
      const answers = Promise.all(Array.from({ length: 8 }, () => pool.use(question).catch(String)))

      await server.stop()
      await Promise.all(holders)
      await until('a dial was refused', () => pool.stats().dialFailures > 0)
      await server.start()

      expect(await answers).toEqual(Array.from({ length: 8 }, () => 'question'))
    },
  )

  test('a handshake that stalls is a dial that took too long, not a queue', async () => {
    await using server = await CountingServer.listen(serving.silent)
    const pool = ownPool({ endpoint: { ...server.endpoint, tls: true }, dialTimeoutMs: 5_000 })

    const error = await pool.acquire({ timeoutMs: 60 }).catch((reason: unknown) => reason)

    expect(error).toMatchObject({ code: 'ACQUIRE_TIMEOUT', phase: 'dialing', stats: { dialing: 1 } })
  })
})
