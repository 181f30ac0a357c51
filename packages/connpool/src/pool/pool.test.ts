/** What the wires do beside what the rules decide: promises, timers, signals, and what the user's code leaves behind. */
import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'

import { FakeClock, FakeConnection, FakeDialer } from '../testing.ts'
import type { HookContext, PoolOptions } from './pool-options.ts'
import { Pool } from './pool.ts'

interface World {
  readonly clock: FakeClock
  readonly dialer: FakeDialer
  readonly pool: Pool<FakeConnection>
}

function given(options: PoolOptions<FakeConnection> = {}): World {
  const clock = new FakeClock()
  const dialer = new FakeDialer({ clock })
  const pool = new Pool({ dial: dialer.dial, clock, random: () => 0, maxSize: 2, ...options })
  return { clock, dialer, pool }
}

/** What became of a promise so far. */
function watch(promise: Promise<unknown>): { state: unknown } {
  const seen: { state: unknown } = { state: 'waiting' }
  promise.then(
    () => {
      seen.state = 'done'
    },
    (error: unknown) => {
      seen.state = error instanceof Error && 'code' in error ? error.code : error
    },
  )
  return seen
}

/** Dials that are answered by hand and do not listen to their signal. */
class DeafDialer {
  readonly #answers: ((connection: FakeConnection) => void)[] = []

  readonly dial = (): Promise<FakeConnection> => new Promise((resolve) => this.#answers.push(resolve))

  /** Answers the oldest dial. */
  answer(): FakeConnection {
    const connection = new FakeConnection(1)
    this.#answers.shift()?.(connection)
    return connection
  }
}

describe('a warm-up', () => {
  test('resolves when so many connections are open', async () => {
    const { clock, dialer, pool } = given()
    dialer.hangNext(2)
    const seen = watch(pool.warm(2))
    await clock.settle()

    dialer.succeed()
    await clock.settle()
    const afterOne = seen.state
    dialer.succeed()
    await clock.settle()

    expect([afterOne, seen.state]).toEqual(['waiting', 'done'])
  })

  test('rejects at the first dial that fails', async () => {
    const { clock, dialer, pool } = given()
    dialer.failNext()

    const seen = watch(pool.warm(1))
    await clock.settle()

    expect(seen.state).toBe('DIAL_FAILED')
  })
})

describe('after close()', () => {
  test('no timer is armed, though something would have been due', async () => {
    const { clock, pool } = given({ idleTimeoutMs: 600_000 })
    const lease = await pool.acquire()
    lease.release()
    await clock.settle()

    const report = pool.close()
    await clock.settle()
    await report

    expect(clock.pendingCount).toBe(0)
  })

  test('while a lease is out one timer is armed, not one more', async () => {
    const { clock, pool } = given({ maxLeaseMs: 60_000 })
    await pool.acquire()

    void pool.close({ graceMs: 1_000 })
    await clock.settle()

    expect(clock.pendingCount).toBe(1)
  })
})

describe('a dial that was given up', () => {
  test.each([
    ['while its slot is still kept', 200],
    ['when its slot has gone to another', 5_000],
  ])('has its connection closed if it brings one, %s', async (_, ms) => {
    const clock = new FakeClock()
    const dialer = new DeafDialer()
    const pool = new Pool({ dial: dialer.dial, clock, dialTimeoutMs: 100, closeTimeoutMs: 500, breaker: false })
    watch(pool.acquire({ timeoutMs: Infinity }))
    await clock.settle()
    await clock.advance(ms)

    const connection = dialer.answer()
    await clock.settle()

    expect(connection.destroyed).toBe(true)
  })

  test('counts until what it brought is closed, which may take closeTimeoutMs', async () => {
    const clock = new FakeClock()
    const dialer = new DeafDialer()
    const closeConnection = (): Promise<void> =>
      new Promise((resolve) => void clock.arriveAt(clock.now() + 300, resolve))
    const limits = { dialTimeoutMs: 100, closeTimeoutMs: 500, maxSize: 1, breaker: false as const }
    const pool = new Pool({ dial: dialer.dial, clock, closeConnection, ...limits })
    watch(pool.acquire({ timeoutMs: Infinity }))
    await clock.settle()
    await clock.advance(500)
    dialer.answer()

    await clock.advance(299)
    const meanwhile = pool.stats()
    await clock.advance(1)

    expect(meanwhile).toMatchObject({ closing: 1, dials: 1 })
    expect(pool.stats()).toMatchObject({ closing: 0, dials: 2 })
  })

  test.each([
    ['without a signal being made', (told: unknown[]) => (reason: unknown) => told.push(reason)],
    [
      'and what it throws changes nothing',
      (told: unknown[]) => (reason: unknown) => {
        told.push(reason)
        throw new Error('oops')
      },
    ],
  ])('is told so by onAbort, %s', async (_, listenerOf) => {
    const clock = new FakeClock()
    const told: unknown[] = []
    const deaf = new DeafDialer()
    const dial = ({ onAbort }: HookContext): Promise<FakeConnection> => {
      onAbort(listenerOf(told))
      return deaf.dial()
    }
    const pool = new Pool({ dial, clock, dialTimeoutMs: 100, breaker: false })
    const waiting = watch(pool.acquire({ timeoutMs: Infinity }))
    await clock.settle()

    await clock.advance(100)

    expect(told).toMatchObject([{ code: 'ETIMEDOUT' }])
    expect(waiting.state).toBe('waiting')
    expect(pool.stats()).toMatchObject({ dialing: 0, closing: 1 })
  })

  test('has its signal, and what hears of its end, in a copy of its context too', () => {
    const contexts: HookContext[] = []
    const dial = (context: HookContext): FakeConnection => {
      contexts.push({ ...context })
      return new FakeConnection(1)
    }
    const pool = new Pool({ endpoint: 'a:1', dial })

    watch(pool.acquire())

    expect(contexts).toEqual([
      { endpoint: 'a:1', signal: expect.any(AbortSignal) as unknown, onAbort: expect.any(Function) as unknown },
    ])
  })

  test('is told so by its signal', async () => {
    const { clock, dialer, pool } = given({ dialTimeoutMs: 100 })
    dialer.hangNext()
    watch(pool.acquire())
    await clock.settle()

    await clock.advance(100)

    expect(dialer.dials[0]?.context.signal.reason).toMatchObject({ code: 'ETIMEDOUT' })
  })
})

describe('a probe', () => {
  test.each([
    ['answers false', () => false],
    ['throws', () => Promise.reject(new Error('no answer'))],
  ])('that %s closes the connection', async (_, probe) => {
    const { clock, dialer, pool } = given({ probe })
    const first = await pool.acquire()
    first.release()

    const second = await pool.acquire()
    await clock.settle()

    expect(second.connection).toBe(dialer.connections[1])
    expect(pool.stats().closed['probe-failed']).toBe(1)
  })

  test('that answers anything else finds it healthy', async () => {
    const { dialer, pool } = given({ probe: () => undefined })
    const first = await pool.acquire()
    first.release()

    const second = await pool.acquire()

    expect(second.connection).toBe(dialer.connections[0])
  })
})

describe('a signal', () => {
  test('has one listener for all who wait with it, and none when they are served', async () => {
    const { clock, pool } = given({ maxSize: 1 })
    const { signal } = new AbortController()
    const held = await pool.acquire()
    const waiting = [1, 2, 3].map(() => pool.use(() => undefined, { signal }))
    const during = getEventListeners(signal, 'abort').length

    held.release()
    await clock.settle()
    await Promise.all(waiting)

    expect([during, getEventListeners(signal, 'abort').length]).toEqual([1, 0])
  })

  test('has none when those who wait are refused', async () => {
    const { clock, pool } = given({ maxSize: 1 })
    const { signal } = new AbortController()
    await pool.acquire()
    const seen = watch(pool.acquire({ signal, timeoutMs: 50 }))

    await clock.advance(50)

    expect(seen.state).toBe('ACQUIRE_TIMEOUT')
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })
})

describe('inside pinned work', () => {
  test('those beside each other use the connection one after the other', async () => {
    const { clock, pool } = given()
    const order: string[] = []

    const work = pool.pinned(async () => {
      const [one, other] = [pool.acquire(), pool.acquire()]
      const first = await one
      void other.then((second) => {
        order.push('second begins')
        second.release()
      })
      await clock.settle()
      order.push('first ends')
      first.release()
      await other
    })
    await work

    expect(order).toEqual(['first ends', 'second begins'])
  })

  test('a lease that is left open ends with the work, and its connection is closed', async () => {
    const { clock, dialer, pool } = given()

    const left = await pool.pinned(() => pool.acquire())
    await clock.settle()

    expect(() => left.connection).toThrow(expect.objectContaining({ code: 'LEASE_ENDED' }))
    expect(dialer.connections[0]?.destroyed).toBe(true)
  })
})

describe('a refusal', () => {
  test('tells the last dial error as its cause', async () => {
    const { clock, dialer, pool } = given({ breaker: false, random: () => 0.9 })
    const cause = new Error('no route')
    dialer.failNext(1, cause)
    const refused = pool.acquire({ timeoutMs: 50 }).catch((error: unknown) => error)

    await clock.advance(50)

    expect(await refused).toMatchObject({ code: 'ACQUIRE_TIMEOUT', cause })
  })
})
