/** `nestedAcquire`: who acquires inside a `use()` what he may have to wait for until that `use()` has ended. */
import { AsyncResource } from 'node:async_hooks'
import { describe, expect, test } from 'vitest'
import { PoolError } from 'connpool'
import type { Lease, Pool, PoolOptions } from 'connpool'
import { FakeClock, FakeDialer } from 'connpool/testing'
import type { FakeConnection } from 'connpool/testing'

import { poolUnder } from '../src/pool/pool.ts'
import { Escapes } from './fixtures/escapes.ts'
import { ownPool } from './fixtures/own-pool.ts'

type FakePool = Pool<FakeConnection>

function given(options: PoolOptions<FakeConnection> = {}) {
  const clock = new FakeClock()
  const dialer = new FakeDialer({ clock })
  const make = (): FakePool =>
    ownPool({ dial: dialer.dial, clock, random: () => 0.9, maxSize: 1, nestedAcquire: 'error', ...options })
  return { clock, dialer, pool: make(), otherPool: make() }
}

/** What the promise was refused with so far; `waiting` or `served` if it was not. */
function watch(promise: Promise<unknown>): { answer: unknown } {
  const seen: { answer: unknown } = { answer: 'waiting' }
  promise.then(
    () => {
      seen.answer = 'served'
    },
    (error: unknown) => {
      seen.answer = error instanceof PoolError ? error.code : error
    },
  )
  return seen
}

/** What becomes of an acquire inside a `use()`, once all is settled that can be. */
async function inside(
  { clock, pool }: { clock: FakeClock; pool: FakePool },
  prepare: (lease: Lease<FakeConnection>) => unknown = () => undefined,
  acquire: () => Promise<unknown> = () => pool.acquire(),
): Promise<unknown> {
  return await pool.use(async (_, lease) => {
    await prepare(lease)
    const seen = watch(acquire())
    await clock.settle()
    return seen.answer
  })
}

const ignore = (): void => undefined
const never = (): Promise<void> => new Promise(() => undefined)

function outerPlace<R>(pool: FakePool, work: () => Promise<R>): Promise<R> {
  return pool.use(work)
}

function innerPlace(pool: FakePool, call: 'acquire' | 'use' | 'pinned'): Promise<unknown> {
  return call === 'acquire' ? pool.acquire() : pool[call](() => undefined)
}

describe('an acquire inside a use() of the same pool', () => {
  test('is refused when all connections are leased', async () => {
    expect(await inside(given())).toBe('NESTED_ACQUIRE')
  })

  test.each(['acquire', 'use', 'pinned'] as const)('is refused with both stacks, by %s()', async (call) => {
    const { pool } = given()

    const refused = await outerPlace(pool, () => innerPlace(pool, call).catch((error: unknown) => error))

    expect(refused).toMatchObject({ code: 'NESTED_ACQUIRE', endpoint: 'custom', stats: { leased: 1, maxSize: 1 } })
    const { holders = [], stack } = refused as PoolError
    expect(holders).toMatchObject([{ id: 1, ageMs: 0 }])
    expect(holders[0]?.stack).toMatch(/^Error: used here\n.* at outerPlace /)
    expect(stack).toMatch(/^PoolError: A connection to custom .*\n.* at innerPlace /)
  })

  test('takes no place in the queue when it is refused, and the observer hears of it', async () => {
    const refused: unknown[] = []
    const world = given({ observer: { refused: ({ error }) => void refused.push(error) } })

    await inside(world)

    expect(refused).toEqual([expect.objectContaining({ code: 'NESTED_ACQUIRE' })])
    expect(world.pool.stats()).toMatchObject({ waiting: 0, acquired: 1, released: 1, idle: 1 })
  })

  test('is refused too when it sits deeper, in a use() whose lease has ended', async () => {
    const { pool } = given({ maxSize: 2 })
    const deeper = async (_: FakeConnection, lease: Lease<FakeConnection>): Promise<unknown> => {
      lease.release()
      await pool.acquire() // nobody in particular has what was given back
      return await pool.acquire().catch((error: unknown) => error)
    }

    const refused = await pool.use(() => pool.use(deeper))

    expect(refused).toMatchObject({ code: 'NESTED_ACQUIRE', holders: [{ id: 1 }] })
  })

  test('is refused when the room that is left is spoken for by one who waits already', async () => {
    const world = given({ maxSize: 2 })
    const { dialer, pool } = world
    const outside = new AsyncResource('outside')

    const answer = await inside(world, () => {
      dialer.hangNext()
      outside.runInAsyncScope(() => watch(pool.acquire()))
    })

    expect(answer).toBe('NESTED_ACQUIRE')
  })

  test('is refused when there would be room but for the slots that it shares with others', async () => {
    const { clock, dialer } = given()
    let free = 1
    const slots = {
      taken: () => void free--,
      freed: () => void free++,
      noteClosing: ignore,
      isOverdrawn: false,
      rested: ignore,
      roused: ignore,
      get isFree() {
        return free > 0
      },
    }
    const patron = {
      slots,
      hearsReleases: false,
      leaseEnded: ignore,
      dialed: ignore,
      dialFailed: ignore,
      changed: ignore,
    }
    const pool = poolUnder(patron, { dial: dialer.dial, clock, nestedAcquire: 'error', maxSize: 5 })

    expect(await inside({ clock, pool })).toBe('NESTED_ACQUIRE')
  })

  test('is served by an idle connection', async () => {
    const world = given({ maxSize: 2 })
    await world.pool.warm(2)

    expect(await inside(world)).toBe('served')
  })

  test('waits for a dial, if there is room', async () => {
    const world = given({ maxSize: 2 })
    const dialHangs = (): void => world.dialer.hangNext()

    expect(await inside(world, dialHangs)).toBe('waiting')
  })

  test('waits for a connection that is being closed, whose slot nobody else waits for', async () => {
    const world = given({ maxSize: 2, closeConnection: never })

    const answer = await inside(world, async () => (await world.pool.acquire()).discard())

    expect(answer).toBe('waiting')
  })

  test('waits for a connection that is being probed', async () => {
    const world = given({ maxSize: 2, probe: never })

    const answer = await inside(world, async () => (await world.pool.acquire()).release())

    expect(answer).toBe('waiting')
  })

  test('is answered as anybody who does not wait: out of time, closed, aborted', async () => {
    const world = given()
    const { pool } = world
    const noTime = (): Promise<unknown> => pool.acquire({ timeoutMs: 0 })
    const aborted = (): Promise<unknown> => pool.acquire({ signal: AbortSignal.abort('left') })

    const answers = [await inside(world, undefined, noTime), await inside(world, undefined, aborted)]
    answers.push(await inside(world, () => void pool.close()))

    expect(answers).toEqual(['ACQUIRE_TIMEOUT', 'left', 'POOL_CLOSED'])
  })
})

describe('not nested is an acquire', () => {
  test('outside of any use(), though all connections are leased in one', async () => {
    const { clock, pool } = given()
    watch(pool.use(never))
    await clock.settle()

    const seen = watch(pool.acquire())
    await clock.settle()

    expect(seen.answer).toBe('waiting')
  })

  test('inside the use() of another pool', async () => {
    const { clock, pool, otherPool } = given()
    const lease = await otherPool.acquire()

    const answer = await inside({ clock, pool }, undefined, () => otherPool.acquire())

    expect(answer).toBe('waiting')
    lease.release()
  })

  test.each([
    ['released', (lease: Lease<FakeConnection>) => lease.release()],
    ['discarded', (lease: Lease<FakeConnection>) => lease.discard()],
    ['detached', (lease: Lease<FakeConnection>) => void lease.detach()],
    ['lost', (lease: Lease<FakeConnection>) => lease.connection.kill()],
  ])('after the lease around it was %s: it waits for others, as anybody does', async (_, end) => {
    const world = given()
    const { clock, pool } = world

    const answer = await inside(world, async (lease) => {
      end(lease)
      await clock.settle()
      await pool.acquire() // holds the only slot from here on
    })

    expect(answer).toBe('waiting')
  })

  test('in work that has outlived its use()', async () => {
    const { clock, pool } = given()
    let goOn = (): void => undefined
    const left = await pool.use(() => ({
      work: new Promise<void>((resolve) => {
        goOn = resolve
      }).then(() => pool.acquire()),
    }))
    const lease = await pool.acquire()

    goOn()
    const seen = watch(left.work)
    await clock.settle()

    expect(seen.answer).toBe('waiting')
    lease.release()
  })

  test('inside pinned(), where the connection is shared', async () => {
    const { pool } = given()

    const answer = pool.pinned(() => pool.use(() => pool.use(() => 'shared')))

    expect(await answer).toBe('shared')
  })
})

describe('with nestedAcquire: warn', () => {
  /** The same two places, again and again. */
  async function nest({ clock, pool }: { clock: FakeClock; pool: FakePool }): Promise<unknown> {
    let inner: { answer: unknown } = { answer: undefined }
    await outerPlace(pool, async () => {
      inner = watch(innerPlace(pool, 'use'))
      await clock.settle()
    })
    await clock.settle()
    return inner.answer
  }

  test('a nested acquire is reported with both stacks, and waits', async () => {
    const escapes = Escapes.collect()

    const answer = await nest(given({ nestedAcquire: 'warn' }))

    expect(answer).toBe('served')
    expect(escapes.warnings).toMatchObject([{ name: 'ConnpoolWarning', code: 'CONNPOOL_NESTED_ACQUIRE' }])
    expect(escapes.warnings[0]?.detail).toMatch(/used here\n.* at outerPlace [^]*acquired here\n.* at innerPlace /)
  })

  test('one pair of places is reported once', async () => {
    const escapes = Escapes.collect()
    const world = given({ nestedAcquire: 'warn' })

    await nest(world)
    await nest(world)

    expect(escapes.warnings.length).toBe(1)
  })

  test('what is served at once is not reported', async () => {
    const escapes = Escapes.collect()
    const world = given({ nestedAcquire: 'warn', maxSize: 2 })
    await world.pool.warm(2)

    await nest(world)

    expect(escapes.warnings).toEqual([])
  })
})

test('by default a nested acquire waits, and nobody is told', async () => {
  const escapes = Escapes.collect()
  const { clock, dialer } = given()
  const pool = ownPool({ dial: dialer.dial, clock, maxSize: 1 })

  const answer = await inside({ clock, pool })

  expect([answer, escapes.warnings]).toEqual(['waiting', []])
})
