// Promise 3: strict FIFO; every waiter settles exactly once, at or before its deadline; nobody waits while a connection
// idles; one whose deadline has passed is never served and never causes a dial.
import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { PoolOptions } from 'connpool'
import { FakeClock, FakeDialer, SeededRandom } from 'connpool/testing'
import type { FakeConnection, FakeDialerOptions } from 'connpool/testing'

import { Callers, holdFor } from '../fixtures/callers.ts'
import type { Caller } from '../fixtures/callers.ts'
import { ownPool } from '../fixtures/own-pool.ts'

function given(options: PoolOptions<FakeConnection> = {}, dialing: FakeDialerOptions<FakeConnection> = {}) {
  const clock = new FakeClock()
  const dialer = new FakeDialer({ clock, ...dialing })
  const pool = ownPool({ dial: dialer.dial, clock, random: () => 0.5, maxSize: 1, ...options })
  return { clock, dialer, pool, callers: new Callers(pool, clock) }
}

/** A pool whose only connection is in somebody's hands. */
async function givenHolder(options: PoolOptions<FakeConnection> = {}) {
  const world = given(options)
  const holder = new Callers(world.pool, world.clock).call('holder')
  await world.clock.settle()
  return { ...world, lease: holder.served }
}

describe('waiters are served in the order they came', () => {
  test('by what is released', async () => {
    const { clock, callers, lease } = await givenHolder()
    for (const caller of callers.crowd(20)) void holdFor(clock, caller, 1)

    lease.release()
    await clock.advance(100)

    expect(callers.answers).toEqual(Array.from({ length: 20 }, (_, index) => `${index + 1}`))
  })

  test('by what is dialed, released and dialed again', async () => {
    const { clock, callers, lease } = await givenHolder({ maxSize: 3, maxUses: 2 })
    for (const caller of callers.crowd(20)) void holdFor(clock, caller, 1)

    lease.release()
    await clock.advance(100)

    expect(callers.answers).toEqual(Array.from({ length: 20 }, (_, index) => `${index + 1}`))
  })

  test('whoever leaves from the middle changes nothing for the others', async () => {
    const { clock, callers, lease } = await givenHolder()
    const abort = new AbortController()
    callers.call('first')
    callers.call('leaver', { signal: abort.signal })
    callers.call('second')
    callers.call('short of time', { timeoutMs: 5 })
    callers.call('third')
    abort.abort('left')
    await clock.advance(5)

    lease.release()
    await clock.settle()
    callers.get('first').served.release()
    await clock.settle()
    callers.get('second').served.release()
    await clock.settle()

    expect(callers.answers).toEqual(['leaver: left', 'short of time: ACQUIRE_TIMEOUT', 'first', 'second', 'third'])
  })

  test('whoever has least time left is not preferred', async () => {
    const { clock, callers, lease } = await givenHolder()
    callers.call('patient', { timeoutMs: Infinity })
    callers.call('hurried', { timeoutMs: 10 })

    lease.release()
    await clock.settle()

    expect(callers.answers).toEqual(['patient'])
  })

  test('whoever comes in the very moment of a release comes last', async () => {
    const { clock, pool, callers, lease } = await givenHolder()
    callers.call('first')

    lease.release()
    expect(pool.tryAcquire()).toBe(undefined)
    callers.call('came at the release')
    await clock.settle()

    expect(callers.answers).toEqual(['first'])
  })

  test('whoever comes in the moment of a grant comes last', async () => {
    const { clock, pool, callers, lease } = await givenHolder()
    const latecomers: (Caller<FakeConnection> | undefined)[] = []
    void pool.acquire().then((first) => {
      first.release()
      latecomers.push(callers.call('latecomer'))
    })
    callers.call('second')

    lease.release()
    await clock.settle()

    expect(callers.answers).toEqual(['second'])
  })

  test('a probe that fails costs nobody his place', async () => {
    let healthy = true
    const { clock, pool, callers } = given({ maxSize: 2, probe: () => healthy })
    await Promise.all([pool.warm(2), clock.settle()])
    healthy = false
    callers.call('first')
    callers.call('second')
    healthy = false

    await clock.settle()
    healthy = true
    await clock.settle()

    expect(callers.answers).toEqual(['first', 'second'])
    expect(pool.stats()).toMatchObject({ probeFailures: 2, dials: 4 })
  })

  test('a dial that fails costs nobody his place', async () => {
    const { clock, dialer, callers } = given({ maxSize: 2, backoff: { baseMs: 10 } })
    dialer.failNext(2)
    callers.call('first')
    callers.call('second')
    await clock.settle()
    callers.call('third')

    await clock.advance(100)

    expect(callers.answers).toEqual(['first', 'second'])
  })

  test('a reset that fails costs nobody his place', async () => {
    const { clock, callers, lease } = await givenHolder({
      reset: () => {
        throw new Error('cannot be reset')
      },
    })
    callers.call('first')
    callers.call('second')

    lease.release()
    await clock.settle()
    callers.get('first').served.release()
    await clock.settle()

    expect(callers.answers).toEqual(['first', 'second'])
  })

  test('a pause costs nobody his place', async () => {
    const { clock, pool, callers, lease } = await givenHolder()
    callers.call('first')
    pool.pause()
    callers.call('second')
    lease.release()
    await clock.settle()
    expect(callers.answers).toEqual([])

    pool.resume()
    await clock.settle()

    expect(callers.answers).toEqual(['first'])
  })

  test('one who waits for the end of a dial is not overtaken by one who finds a connection idle', async () => {
    const { clock, dialer, pool, callers } = given({ maxSize: 2 }, { answers: 'by-hand' })
    callers.call('first')
    callers.call('second')
    dialer.succeed()
    await clock.settle()
    callers.get('first').served.release()

    expect(pool.tryAcquire()).toBe(undefined)
    callers.call('third')
    await clock.settle()

    expect(callers.answers).toEqual(['first', 'second'])
  })
})

describe('every waiter settles once, at or before its deadline', () => {
  test('at the deadline to the millisecond, whatever the order of deadlines', async () => {
    const { clock, callers } = await givenHolder()
    const waits = [700, 300, 300, 1, 900, 12]
    const waiting = waits.map((timeoutMs) => callers.call(`${timeoutMs}`, { timeoutMs }))

    await clock.advance(1_000)

    expect(waiting.map(({ answeredAt }) => answeredAt)).toEqual(waits)
    expect(waiting.map(({ refused }) => [refused.code, refused.waitedMs])).toEqual(
      waits.map((timeoutMs) => ['ACQUIRE_TIMEOUT', timeoutMs]),
    )
  })

  test("at the pool's acquireTimeoutMs, 10 s if nothing else was said", async () => {
    const { clock, callers } = await givenHolder()
    const caller = callers.call('somebody')
    await clock.advance(9_999)
    expect(caller.isAnswered).toBe(false)

    await clock.advance(1)

    expect(caller.refused).toMatchObject({ code: 'ACQUIRE_TIMEOUT', waitedMs: 10_000 })
  })

  test('one deadline covers queue, dial and probe together', async () => {
    const { clock, dialer, pool, callers } = given(
      { probe: () => new Promise(() => undefined), probeTimeoutMs: 400, dialTimeoutMs: 400, acquireTimeoutMs: 1_000 },
      { delayMs: 0 },
    )
    await Promise.all([pool.warm(1), clock.settle()])
    dialer.hangNext(10)
    const caller = callers.call('somebody')

    await clock.advance(2_000)

    expect(caller.answeredAt).toBe(1_000)
    expect(pool.stats()).toMatchObject({ probes: 1, timeouts: 1 })
  })

  test('never, when it waits for Infinity by name', async () => {
    const { clock, callers, lease } = await givenHolder()
    const caller = callers.call('patient', { timeoutMs: Infinity })
    await clock.advance(1e9)
    expect(caller.isAnswered).toBe(false)

    lease.release()
    await clock.settle()

    expect(caller.served).toBeDefined()
  })

  test('an abort and a release in one turn are one answer', async () => {
    const { clock, pool, callers, lease } = await givenHolder()
    const abort = new AbortController()
    callers.call('early leaver', { signal: abort.signal })
    callers.call('next')

    abort.abort('left')
    lease.release()
    await clock.settle()
    expect(callers.answers).toEqual(['early leaver: left', 'next'])

    const late = new AbortController()
    callers.call('late leaver', { signal: late.signal })
    callers.get('next').served.release()
    late.abort('left')
    await clock.settle()
    expect(callers.answers.slice(2)).toEqual(['late leaver'])
    expect(pool.stats()).toMatchObject({ leased: 1, idle: 0, waiting: 0 })
  })

  test('an aborted signal rejects with its reason, unchanged, and at once if it was aborted before', async () => {
    const { pool } = await givenHolder()
    const reason = { not: 'an error' }
    const abort = new AbortController()
    const waiting = pool.acquire({ signal: abort.signal })

    abort.abort(reason)

    await expect(waiting).rejects.toBe(reason)
    await expect(pool.acquire({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(pool.stats().waiting).toBe(0)
  })
})

describe('timeoutMs: 0 answers at once', () => {
  test('with an idle connection', async () => {
    const { pool, lease } = await givenHolder()
    lease.release()

    await expect(pool.acquire({ timeoutMs: 0 })).resolves.toBeDefined()
  })

  test('with ACQUIRE_TIMEOUT otherwise, and dials nothing', async () => {
    const { clock, pool, callers } = given()
    callers.call('hurried', { timeoutMs: 0 })
    await setImmediate()
    expect(callers.answers).toEqual(['hurried: ACQUIRE_TIMEOUT'])

    await clock.advance(10_000)
    expect(pool.stats()).toMatchObject({ dials: 0, timeouts: 1 })
  })
})

describe('no waiter waits while a connection idles', () => {
  test('after any of hundreds of random moves; all are served in order, once, in time', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    for (let life = 0; life < 12; life++) await liveOnce(new SeededRandom(seed + life), `seed ${seed} + ${life}`)
  })
})

async function liveOnce(random: SeededRandom, which: string): Promise<void> {
  const { clock, dialer, pool, callers } = given(
    { maxSize: 3, maxUses: 5, breaker: false, backoff: { baseMs: 3, maxMs: 9 }, random: random.next },
    { delayMs: random.whole(0, 6) },
  )
  const waiting: { caller: Caller<FakeConnection>; dueAt: number }[] = []
  const move = (): void => {
    if (random.chance(0.1)) dialer.failNext()
    if (random.chance(0.05)) pool.clear()
    const timeoutMs = random.whole(1, 30)
    const abort = new AbortController()
    const caller = callers.call(`${waiting.length}`, { timeoutMs, signal: abort.signal })
    waiting.push({ caller, dueAt: clock.now() + timeoutMs })
    if (random.chance(0.2)) clock.arriveAt(clock.now() + random.whole(0, 10), () => abort.abort('left'))
    void caller.answer.then(() => {
      const end = (): void => (random.chance(0.8) ? caller.lease?.release() : caller.lease?.discard())
      clock.arriveAt(clock.now() + random.whole(0, 6), end)
    })
  }

  const sins: string[] = []
  for (let step = 0; step < 60; step++) {
    if (random.chance(0.6)) move()
    await clock.advance(random.whole(0, 4))
    const { idle, waiting: unanswered } = pool.stats()
    if (idle > 0 && unanswered > 0) sins.push(`${idle} idle, ${unanswered} waiting at ${clock.now()}`)
  }
  await clock.advance(100)

  const served = callers.answers.filter((answer) => !answer.includes(':')).map(Number)
  expect(sins, `in the life of ${which}`).toEqual([])
  expect(served, `in the life of ${which}`).toEqual(served.toSorted((one, other) => one - other))
  expect(callers.answers.length, `in the life of ${which}`).toBe(waiting.length)
  expect(
    waiting.filter(({ caller, dueAt }) => (caller.answeredAt ?? Infinity) > dueAt).length,
    `in the life of ${which}`,
  ).toBe(0)
}

describe('a waiter whose deadline has passed', () => {
  test.each([1, 15])('is not served by a release in the same turn, %i ms late', async (lateMs) => {
    const { clock, callers, lease } = await givenHolder()
    callers.call('late', { timeoutMs: 100 })
    callers.call('in time', { timeoutMs: 1_000 })

    clock.jump(100 + lateMs)
    lease.release()
    await clock.settle()

    expect(callers.answers).toEqual(['late: ACQUIRE_TIMEOUT', 'in time'])
  })

  test.each([1, 15, 300])('causes no dial, %i ms late', async (lateMs) => {
    const clock = new FakeClock()
    let dials = 0
    const pool = ownPool<object>({ dial: () => ({ number: ++dials }), clock, maxSize: 1 })
    const callers = new Callers(pool, clock)
    const holder = callers.call('holder')
    await clock.settle()
    callers.call('late', { timeoutMs: 100 })

    clock.jump(100 + lateMs)
    holder.served.discard()
    await clock.settle()

    expect(callers.answers).toEqual(['holder', 'late: ACQUIRE_TIMEOUT'])
    expect(dials).toBe(1)
  })

  test('causes no dial when the back-off is over', async () => {
    const { clock, dialer, pool, callers } = given({ backoff: { baseMs: 1_000 } })
    dialer.failNext()
    callers.call('late', { timeoutMs: 400 })

    await clock.advance(5_000)

    expect(callers.answers).toEqual(['late: ACQUIRE_TIMEOUT'])
    expect(pool.stats().dials).toBe(1)
  })

  test('is not served by the dial it had waited for', async () => {
    const { clock, dialer, pool, callers } = given({}, { answers: 'by-hand' })
    callers.call('late', { timeoutMs: 100 })
    await clock.advance(100)

    dialer.succeed()
    await clock.settle()

    expect(callers.answers).toEqual(['late: ACQUIRE_TIMEOUT'])
    expect(pool.stats()).toMatchObject({ idle: 1, acquired: 0 })
  })

  test('is not served by the probe it had waited for', async () => {
    const probes: (() => void)[] = []
    const probe = (): Promise<void> => new Promise((resolve) => probes.push(resolve))
    const { clock, pool, callers } = given({ probe })
    await Promise.all([pool.warm(1), clock.settle()])
    callers.call('late', { timeoutMs: 100 })
    await clock.advance(100)

    probes[0]?.()
    await clock.settle()

    expect(callers.answers).toEqual(['late: ACQUIRE_TIMEOUT'])
    expect(pool.stats()).toMatchObject({ idle: 1, acquired: 0 })
  })
})

describe('maxWaiting', () => {
  test('refuses at once whoever would make the queue longer, and lets in whom a dial can serve', async () => {
    const { clock, pool, callers } = given({ maxSize: 3, maxWaiting: 2 }, { answers: 'by-hand' })

    callers.crowd(6)
    await clock.settle()

    expect(callers.answers).toEqual(['6: QUEUE_FULL'])
    expect(pool.stats()).toMatchObject({ waiting: 5, total: 0 })
  })

  test('of 0 lets callers wait for dials but never for each other', async () => {
    const { clock, dialer, callers } = given({ maxSize: 2, maxWaiting: 0 }, { answers: 'by-hand' })
    callers.crowd(2)
    dialer.succeed()
    await clock.settle()
    expect(callers.answers).toEqual(['1'])

    callers.call('one too many')
    await clock.settle()

    expect(callers.answers).toEqual(['1', 'one too many: QUEUE_FULL'])
  })
})
