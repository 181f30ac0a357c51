// How other pools have not come to an end, or to too early a one. Each exhibit is named after the report of it.
import { describe, expect, test } from 'vitest'

import { Pool } from 'connpool'
import { Escapes } from '../fixtures/escapes.ts'
import { ownPool } from '../fixtures/own-pool.ts'
import { turns } from '../fixtures/until.ts'
import { given } from './given.ts'

describe('endings', () => {
  test('node-pg 2199: a pool ends though a client is out', async () => {
    const { clock, pool } = given()
    await pool.acquire()
    const report = pool.close({ graceMs: 1_000 })

    await clock.advance(1_000)

    expect(await report).toMatchObject({ cut: 1 })
  })

  test('node-redis 3398: a pool ends when the last thing that happens is a dial that fails', async () => {
    const { clock, dialer, pool, callers } = given({}, { answers: 'by-hand' })
    callers.call('somebody')
    await clock.settle()
    const report = pool.close()

    await clock.settle()

    expect(dialer.dials[0]?.state).toBe('aborted')
    expect(await report).toMatchObject({ refused: 1 })
  })

  test("puddle's TryAcquire: what was being made for nobody is destroyed by a drain, which ends", async () => {
    const clock = given().clock
    const connection = { isOpen: true, destroy: () => void (connection.isOpen = false) }
    let land: (() => void) | undefined
    const pool = ownPool<object>({
      dial: () => new Promise((resolve) => (land = () => resolve(connection))),
      clock,
      minSize: 1,
    })
    await clock.settle()
    const report = pool.close()

    land?.()

    await report
    expect(connection.isOpen).toBe(false)
    expect(pool.stats()).toMatchObject({ idle: 0, total: 0 })
  })

  test('generic-pool 172: a drain does not end before what is lent has come back and is closed', async () => {
    let closed: (() => void) | undefined
    const { clock, pool } = given({ closeConnection: () => new Promise<void>((resolve) => (closed = resolve)) })
    const lease = await pool.acquire()
    let hasEnded = false
    void pool.close().then(() => (hasEnded = true))

    lease.release()
    await clock.settle()
    expect(hasEnded).toBe(false)

    closed?.()
    await clock.settle()
    expect(hasEnded).toBe(true)
  })

  test('tarn 16: a destroyer that never settles does not keep a pool from ending', async () => {
    const { clock, pool } = given({ closeConnection: () => new Promise(() => undefined), closeTimeoutMs: 500 })
    ;(await pool.acquire()).release()
    const report = pool.close()

    await clock.advance(500)

    expect(await report).toMatchObject({ elapsedMs: 500 })
  })

  test('lightning-pool: a pool that was closed does not start again', async () => {
    const { clock, pool, callers } = given({ minSize: 1 })
    await clock.settle()
    await pool.close()

    callers.call('somebody')
    pool.resize({ minSize: 1 })
    pool.clear()
    pool.resume()
    await clock.advance(60_000)

    expect(callers.answers).toEqual(['somebody: POOL_CLOSED'])
    expect(pool.stats()).toMatchObject({ dials: 1, total: 0, dialing: 0 })
  })

  test('PgBouncer: pausing, resuming and ending in any order ends', async () => {
    const { clock, pool, callers } = given()
    callers.call('somebody')
    pool.pause()
    const first = pool.close({ graceMs: 100 })
    pool.resume()
    pool.pause()
    const second = pool.destroy()

    await clock.advance(3_000)

    expect(await first).toEqual(await second)
  })

  test('setTimeout: the longest durations there are do not come at once', async () => {
    const escapes = Escapes.collect()
    const longest = 2 ** 31 - 1
    const pool = new Pool({
      dial: () => ({}),
      idleTimeoutMs: longest,
      maxLifetimeMs: longest,
      lifetimeJitterRatio: 0,
      acquireTimeoutMs: longest,
      maxSize: 1,
    })
    const lease = await pool.acquire()
    const waiting = pool.acquire()

    await turns(20)
    lease.release()
    ;(await waiting).release()
    await turns(20)

    expect(pool.stats()).toMatchObject({ idle: 1, timeouts: 0 })
    await pool.close()
    expect(escapes.warnings).toEqual([])
  })
})
