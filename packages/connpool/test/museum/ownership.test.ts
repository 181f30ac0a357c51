// How other pools have given one connection to two, or the words of one to another. Each exhibit is named after the
// report of it.
import { describe, expect, test } from 'vitest'
import type { FakeConnection } from 'connpool/testing'

import { Callers } from '../fixtures/callers.ts'
import { ownPool } from '../fixtures/own-pool.ts'
import { given } from './given.ts'

describe('ownership', () => {
  test('mysql2 4186: a connection that is released twice is lent once', async () => {
    const { clock, callers } = given()
    const first = callers.call('first')
    await clock.settle()

    first.served.release()
    first.served.release()
    callers.crowd(2)
    await clock.settle()

    expect(callers.answers).toEqual(['first', '1'])
  })

  test('reactor-pool 147: released and discarded at once, the first word counts', async () => {
    const { clock, pool, callers } = given()
    const one = callers.call('one')
    await clock.settle()
    one.served.release()
    one.served.discard()
    const other = callers.call('other')
    await clock.settle()
    expect(pool.stats()).toMatchObject({ released: 1, discarded: 0, lateReleases: 1, dials: 1 })

    other.served.discard()
    other.served.release()
    await clock.settle()

    expect(pool.stats()).toMatchObject({ released: 1, discarded: 1, lateReleases: 2, total: 0, leased: 0 })
  })

  test('golang 34775: who kept a lease beyond its end cannot reach the connection of the next', async () => {
    const { clock, callers } = given()
    const former = callers.call('former')
    await clock.settle()
    const lease = former.served

    lease.release()
    callers.call('next')
    await clock.settle()

    expect(() => lease.connection).toThrow(expect.objectContaining({ code: 'LEASE_ENDED' }) as Error)
  })

  test('generic-pool 257: work that fails destroys its connection, and not before it has failed', async () => {
    const { clock, dialer, pool } = given()
    let isDestroyedMeanwhile: boolean | undefined
    const using = pool.use(async (connection) => {
      await new Promise<void>((resolve) => clock.arriveAt(50, resolve))
      isDestroyedMeanwhile = connection.destroyed
      throw new Error('work failed')
    })
    const outcome = using.catch((error: unknown) => String(error))

    await clock.advance(100)

    expect([isDestroyedMeanwhile, await outcome]).toEqual([false, 'Error: work failed'])
    expect(dialer.connections[0]?.destroyed).toBe(true)
  })

  test("puddle's hijack: a connection taken out of the pool leaves its slot", async () => {
    const { clock, pool, callers } = given()
    const first = callers.call('first')
    await clock.settle()
    callers.call('second')

    const connection = first.served.detach()
    await clock.settle()

    expect(callers.answers).toEqual(['first', 'second'])
    await pool.destroy()
    expect(connection.destroyed).toBe(false)
  })

  test('redis-py 2624: the reply to a request that was given up is not read by the next user', async () => {
    const { clock, dialer, callers } = given()
    const first = callers.call('first')
    await clock.settle()
    first.served.connection.write('GET alice')
    first.served[Symbol.dispose]()

    const second = callers.call('second')
    await clock.settle()
    dialer.connections[0]?.say('secret of alice')
    await clock.settle()

    expect(second.served.connection).not.toBe(dialer.connections[0])
    expect(second.served.connection.readableLength).toBe(0)
  })

  test('pingora 0.8: the rest of a reply is not read by the next user', async () => {
    const { clock, callers } = given()
    const first = callers.call('first')
    await clock.settle()
    const { connection } = first.served
    connection.say('a reply and then some')
    connection.read(7)

    first.served.release()
    const second = callers.call('second')
    await clock.settle()

    expect(second.served.connection).not.toBe(connection)
    expect(connection.destroyed).toBe(true)
  })

  test('undici GHSA-35p6-xmwp-9g52: bytes that come while a connection idles answer nobody', async () => {
    const { clock, dialer, callers } = given()
    const first = callers.call('first')
    await clock.settle()
    first.served.release()
    await clock.settle()

    dialer.connections[0]?.say('HTTP/1.1 200 OK\r\n\r\npoison')
    const second = callers.call('second')
    await clock.advance(1_000)

    expect(second.served.connection).toBe(dialer.connections[1])
    expect(dialer.connections[0]?.destroyed).toBe(true)
  })

  test("jedis 2496: what one user had not sent does not go out with the next one's first words", async () => {
    const { clock, callers } = given()
    const first = callers.call('first')
    await clock.settle()
    const { connection } = first.served
    connection.cork()
    connection.write('SET a 1')

    first.served.release()
    const second = callers.call('second')
    await clock.settle()
    second.served.connection.write('GET b')

    expect(second.served.connection.written).toBe('GET b')
  })

  test('mysql2 4473: what a factory does to its options changes nothing for the next one', async () => {
    const endpoint = { host: 'db.test', port: 3306 }
    const told: unknown[] = []
    const { clock, dialer } = given()
    const pool = ownPool<FakeConnection>({
      endpoint,
      dial: (context) => {
        told.push({ ...(context.endpoint as object) })
        Reflect.set(context.endpoint as object, 'host', 'elsewhere.test')
        return dialer.dial(context)
      },
      clock,
    })

    new Callers(pool, clock).crowd(2)
    await clock.settle()

    expect(told).toEqual([endpoint, endpoint])
  })

  test('a connection with a then of its own is lent as it is, not waited for', async () => {
    const { clock, callers } = given({
      onConnect: (connection) => void Object.assign(connection, { then: () => undefined }), // oxlint-disable-line unicorn/no-thenable -- as some clients have
    })

    const caller = callers.call('somebody')
    await clock.settle()

    expect(caller.served.connection).toHaveProperty('then')
  })
})
