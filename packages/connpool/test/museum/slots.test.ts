// How other pools have lost count, or dialed a server to death. Each exhibit is named after the report of it.
import { describe, expect, test } from 'vitest'

import { SeededRandom } from 'connpool/testing'
import { Escapes } from '../fixtures/escapes.ts'
import { given } from './given.ts'

const fail = (): never => {
  throw new Error('user code failed')
}

describe('slots', () => {
  test('agentkeepalive: a thousand who come in one turn open no more than maxSize', async () => {
    const { clock, dialer, pool, callers } = given({ maxSize: 5 }, { answers: 'by-hand' })

    callers.crowd(1_000)
    await clock.settle()
    for (let landed = 0; landed < 5; landed++) {
      dialer.succeed()
      await clock.settle()
    }

    expect(dialer.dials.length).toBe(5)
    expect(pool.stats()).toMatchObject({ total: 5, dialing: 0, leased: 5 })
  })

  test('generic-pool: a validation that rejects loses no slot', async () => {
    const escapes = Escapes.collect()
    let isFailing = false
    const { clock, pool, callers } = given({
      probe: () => (isFailing && Promise.reject(new Error('not valid'))) || true,
    })
    for (let round = 0; round < 5; round++) {
      isFailing = round % 2 === 1
      const caller = callers.call(`${round}`)
      await clock.advance(1_000)
      caller.served.release()
    }

    expect(pool.stats()).toMatchObject({ acquired: 5, probeFailures: 2, total: 1 })
    expect(escapes.errors).toEqual([])
  })

  test('tarn: a validation that always rejects causes one dial for each lease, not a storm', async () => {
    const { clock, pool, callers } = given({ probe: fail })

    for (let round = 0; round < 5; round++) {
      const caller = callers.call(`${round}`)
      await clock.advance(10_000)
      caller.served.release()
    }

    expect(pool.stats().acquired).toBe(5)
    expect(pool.stats().dials).toBeLessThanOrEqual(6)
  })

  test('generic-pool 175: a factory that always rejects is tried a few times, not in a loop', async () => {
    const { clock, dialer, pool, callers } = given()
    dialer.failNext(1e6)

    const caller = callers.call('somebody')
    await clock.advance(60_000)

    expect(caller.refused.code).toBe('DIAL_FAILED')
    expect(pool.stats().dials).toBeLessThanOrEqual(5)
  })

  test('undici 4834: a factory that throws at once is a failure like any other', async () => {
    let calls = 0
    const { clock, pool, callers } = given({
      dial: () => (++calls === 1 ? fail() : Promise.reject(new Error('refused'))),
    })

    const caller = callers.call('somebody')
    await clock.advance(60_000)

    expect(caller.refused.code).toBe('DIAL_FAILED')
    expect(pool.stats()).toMatchObject({ dialing: 0, closing: 0, total: 0 })
  })

  test('tarn 48: a connection that is made after its time is destroyed, not kept', async () => {
    const made: { isOpen: boolean; destroy(): void }[] = []
    const { clock, pool, callers } = given({
      dial: async () => {
        await new Promise<void>((resolve) => clock.arriveAt(clock.now() + 5_000, resolve))
        const connection = { isOpen: true, destroy: () => void (connection.isOpen = false) }
        made.push(connection)
        return connection as never
      },
      dialTimeoutMs: 1_000,
      breaker: { failureThreshold: 1 },
    })
    callers.call('somebody')

    await clock.advance(8_000)

    expect(made.map(({ isOpen }) => isOpen)).toEqual([false])
    expect(pool.stats()).toMatchObject({ total: 0, dialing: 0, closing: 0 })
  })

  test('tarn 68: a connection that passed its test for one who has left serves the next', async () => {
    const probes: (() => void)[] = []
    const { clock, pool, callers } = given({ probe: () => new Promise<void>((resolve) => probes.push(resolve)) })
    const warm = pool.warm(1)
    await clock.settle()
    await warm
    const abort = new AbortController()
    callers.call('leaver', { signal: abort.signal })
    await clock.settle()

    abort.abort('left')
    probes[0]?.()
    await clock.settle()
    expect(pool.stats()).toMatchObject({ idle: 1, probing: 0 })

    callers.call('next')
    await clock.settle()
    probes[1]?.()
    await clock.settle()
    expect(callers.answers).toEqual(['leaver: left', 'next'])
    expect(pool.stats().dials).toBe(1)
  })

  test('POOL-396: a background probe that throws does not end the probing', async () => {
    const { clock, pool } = given({ minSize: 1, probe: fail, probeIntervalMs: 1_000, backoff: { baseMs: 10 } })

    await clock.advance(10_000)

    expect(pool.stats().probeFailures).toBeGreaterThanOrEqual(5)
    expect(pool.stats().total + pool.stats().dialing).toBe(1)
  })

  test('pgx 1259: callers who give up quickly do not multiply the dials', async () => {
    const { clock, dialer, pool, callers } = given({ maxSize: 10 }, { delayMs: 500 })

    for (let second = 0; second < 100; second++) {
      callers.call(`${second}`, { timeoutMs: 20 })
      await clock.advance(20)
    }

    expect(dialer.dials.every(({ state }) => state !== 'aborted')).toBe(true)
    expect(pool.stats().dials).toBeLessThanOrEqual(10)
  })

  test('sqlx 3132: cancelled requests do not cancel dials, so that there is no storm of them', async () => {
    const { clock, dialer, pool, callers } = given({ maxSize: 5 }, { delayMs: 50 })

    for (let request = 0; request < 200; request++) {
      const abort = new AbortController()
      callers.call(`${request}`, { signal: abort.signal })
      await clock.advance(1)
      abort.abort()
    }
    await clock.advance(100)

    expect(pool.stats().dials).toBeLessThanOrEqual(5)
    expect(dialer.openCount).toBe(pool.stats().total)
  })

  test('reactor-pool 174: a warm-up that fails leaves all slots', async () => {
    const { clock, dialer, pool, callers } = given({ maxSize: 2 })
    dialer.failNext(2)
    const warm = pool.warm(2).catch((error: unknown) => error)
    await clock.settle()
    expect(await warm).toMatchObject({ code: 'DIAL_FAILED' })

    callers.crowd(2)
    await clock.advance(2_000)

    expect(callers.answers).toEqual(['1', '2'])
  })

  test('pg-pool 3508: the minimum is there again after an outage, though nobody asks', async () => {
    const { clock, dialer, pool } = given({ minSize: 3, maxSize: 5 })
    await clock.settle()
    dialer.failNext(20)
    for (const connection of dialer.connections) connection.kill()
    await clock.advance(1_000)
    expect(pool.stats().total).toBe(0)

    await clock.advance(3_600_000)

    expect(pool.stats()).toMatchObject({ idle: 3, total: 3 })
  })

  test('undici 5145: the slot of a stale connection is free for another', async () => {
    const { clock, dialer, pool, callers } = given()
    ;(await pool.acquire()).release()
    dialer.connections[0]?.hangUp()
    await clock.settle()

    callers.call('somebody')
    await clock.advance(1_000)

    expect(callers.answers).toEqual(['somebody'])
    expect(pool.stats()).toMatchObject({ total: 1, dials: 2 })
  })

  test('HikariCP 480: connections opened together do not grow old together', async () => {
    const random = new SeededRandom(480)
    const { clock, pool } = given({ minSize: 50, maxSize: 60, maxLifetimeMs: 1_000_000, random: random.next })
    await clock.settle()
    const perWindow: number[] = []

    for (let window = 0; window < 25; window++) {
      const before = pool.stats().closed.lifetime
      await clock.advanceTo(750_000 + (window + 1) * 10_000)
      perWindow.push(pool.stats().closed.lifetime - before)
    }

    expect(perWindow.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(50)
    expect(Math.max(...perWindow)).toBeLessThanOrEqual(8)
    expect(pool.stats().total).toBeGreaterThanOrEqual(50)
  })

  test('pgx 2560: a connection that never rests is replaced at its age all the same', async () => {
    const { clock, dialer, pool, callers } = given({ maxLifetimeMs: 10_000, lifetimeJitterRatio: 0 })

    let holder = callers.call('first')
    for (let round = 0; round < 30; round++) {
      const next = callers.call(`${round}`)
      await clock.advance(500)
      holder.served.release()
      holder = next
    }
    await clock.settle()

    expect(dialer.connections[0]?.destroyed).toBe(true)
    expect(pool.stats().closed.lifetime).toBe(1)
    expect(pool.stats().acquired).toBe(31)
  })

  test('reactor-pool 87: what a rush has opened falls idle, though the pool is in use all the time', async () => {
    const { clock, pool, callers } = given({ maxSize: 5, idleTimeoutMs: 10_000 })
    const rush = callers.crowd(5)
    await clock.settle()
    for (const { served } of rush) served.release()

    for (let second = 0; second < 30; second++) {
      ;(await pool.acquire()).release()
      await clock.advance(1_000)
    }

    expect(pool.stats()).toMatchObject({ total: 1, closed: { 'idle-timeout': 4 } })
  })
})
