// What other pools have done to those who wait. Each exhibit is named after the report of it.
import { describe, expect, test } from 'vitest'
import type { Lease } from 'connpool'
import type { FakeConnection } from 'connpool/testing'

import { Callers, holdFor } from '../fixtures/callers.ts'
import { Escapes } from '../fixtures/escapes.ts'
import { given } from './given.ts'

describe('waiters', () => {
  test('puddle 1.1.3: a dial that fails leaves no other waiter hanging', async () => {
    const { clock, dialer, callers } = given({ maxSize: 3 })
    dialer.failNext(3)
    for (const caller of callers.crowd(10)) void holdFor(clock, caller, 1)

    await clock.advance(5_000)

    expect(callers.answers).toEqual(Array.from({ length: 10 }, (_, index) => `${index + 1}`))
  })

  test('bb8 167: whoever waits for a connection that breaks is not forgotten', async () => {
    const { clock, dialer, callers } = given()
    callers.call('holder')
    await clock.settle()
    const waiter = callers.call('waiter')

    dialer.connections[0]?.kill()
    await clock.settle()

    expect(waiter.served.connection).toBe(dialer.connections[1])
  })

  test('POOL-424: nor is he when a holder declares his connection broken', async () => {
    const { clock, callers } = given()
    const holder = callers.call('holder')
    await clock.settle()
    callers.call('waiter')

    holder.served.discard(new Error('broken'))
    await clock.settle()

    expect(callers.answers).toEqual(['holder', 'waiter'])
  })

  test('HikariCP 452: two who come at once get two connections, though one was idle for a moment', async () => {
    const { clock, pool, callers } = given({ maxSize: 2 })
    ;(await pool.acquire()).release()

    callers.crowd(2)
    await clock.settle()

    expect(callers.answers).toEqual(['1', '2'])
  })

  test('golang 18995: one who leaves in the moment he is served takes nothing with him', async () => {
    const { clock, dialer, pool, callers } = given({}, { answers: 'by-hand' })
    const abort = new AbortController()
    const leaver = callers.call('leaver', { signal: abort.signal })
    callers.call('next')

    dialer.succeed()
    abort.abort('left')
    await clock.settle()
    leaver.lease?.release()
    await clock.settle()

    expect(callers.answers.at(-1)).toBe('next')
    expect(pool.stats()).toMatchObject({ leased: 1, waiting: 0, dialing: 0 })
  })

  test('reactor-pool 331: the deadline of one who was served in time fails nobody later', async () => {
    const escapes = Escapes.collect()
    const { clock, pool, callers } = given()
    callers.call('served', { timeoutMs: 100 })
    await clock.advance(10_000)

    expect(callers.answers).toEqual(['served'])
    expect(pool.stats()).toMatchObject({ timeouts: 0, leased: 1 })
    expect(escapes.errors).toEqual([])
  })

  test('node-pg-pool 85: one whose time is up leaves the queue, and nobody else does', async () => {
    const { clock, pool, callers } = given()
    const holder = callers.call('holder')
    await clock.settle()
    callers.call('before')
    callers.call('short of time', { timeoutMs: 50 })
    callers.call('after')

    await clock.advance(50)
    expect(pool.stats().waiting).toBe(2)

    holder.served.release()
    await clock.settle()
    callers.get('before').served.release()
    await clock.settle()
    expect(callers.answers).toEqual(['holder', 'short of time: ACQUIRE_TIMEOUT', 'before', 'after'])
  })

  test('knex 1382: one whose time is up is given no connection, so that none leaks', async () => {
    const { clock, dialer, pool, callers } = given({}, { answers: 'by-hand' })
    callers.call('late', { timeoutMs: 50 })
    await clock.advance(60)

    dialer.succeed()
    await clock.settle()

    expect(pool.stats()).toMatchObject({ idle: 1, leased: 0, acquired: 0 })
  })

  test('POOL-347: failures and retries on the way never make a wait longer than allowed', async () => {
    const { clock, dialer, callers } = given({
      breaker: false,
      dialTimeoutMs: 300,
      backoff: { baseMs: 100, maxMs: 100 },
    })
    dialer.hangNext(1)
    dialer.failNext(2)
    dialer.hangNext(50)

    const caller = callers.call('somebody', { timeoutMs: 1_000 })
    await clock.advance(5_000)

    expect(caller.answeredAt).toBe(1_000)
  })

  test('reactor-pool 84: warming up lets nobody in before those who wait', async () => {
    const { clock, dialer, pool, callers } = given({ maxSize: 2 }, { answers: 'by-hand' })
    callers.crowd(2)
    const warm = pool.warm(2)
    dialer.succeed()
    await clock.settle()
    callers.call('newcomer')

    dialer.succeed()
    await clock.settle()

    await warm
    expect(callers.answers).toEqual(['1', '2'])
  })

  test('knex 1381: who waits for himself is told who holds', async () => {
    const { clock, pool } = given({ leakWarnMs: 60_000 })

    const inner = pool.use(() => pool.use(() => 'never', { timeoutMs: 500 })).catch((error: unknown) => error)
    await clock.advance(600)

    expect(await inner).toMatchObject({ code: 'ACQUIRE_TIMEOUT', phase: 'queued', holders: [{ id: 1, ageMs: 500 }] })
  })

  test('vertx-mysql-postgresql-client 142: the queue has an end', async () => {
    const { clock, pool, callers } = given({ maxWaiting: 100 })
    callers.call('holder')
    await clock.settle()

    const crowd = callers.crowd(1_000)
    await clock.settle()

    expect(pool.stats().waiting).toBe(100)
    expect(crowd.filter(({ error }) => error !== undefined).length).toBe(900)
  })

  test('c3p0 7: a hundred thousand who are served one after the other do not exhaust the stack', async () => {
    const { clock, pool } = given({ maxWaiting: Infinity })
    const holder = await pool.acquire()
    let served = 0
    for (let number = 0; number < 100_000; number++) {
      const serve = (lease: Lease<FakeConnection>): void => {
        served++
        lease.release()
      }
      pool.acquire().then(serve, () => undefined)
    }

    holder.release()
    await clock.settle()

    expect(served).toBe(100_000)
  })

  test('node-pg-pool end: whoever waits when the pool ends is answered', async () => {
    const { clock, pool } = given()
    const holder = await pool.acquire()
    const callers = new Callers(pool, clock)
    callers.crowd(3)

    const report = pool.close()
    holder.release()

    expect(await report).toMatchObject({ refused: 3, drained: 1 })
    expect(callers.answers).toEqual(['1: POOL_CLOSED', '2: POOL_CLOSED', '3: POOL_CLOSED'])
  })
})
