// Promise 4: a connection has at most one holder; a lease ends once; tryAcquire lends only what needs no probe.
import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { PoolError } from 'connpool'
import type { Lease, Pool, PoolOptions } from 'connpool'
import { FakeClock, FakeDialer, SeededRandom } from 'connpool/testing'
import type { FakeConnection } from 'connpool/testing'

import { Callers } from '../fixtures/callers.ts'
import { ownPool } from '../fixtures/own-pool.ts'

function given(options: PoolOptions<FakeConnection> = {}) {
  const clock = new FakeClock()
  const dialer = new FakeDialer({ clock })
  const pool = ownPool({ dial: dialer.dial, clock, random: () => 0.5, ...options })
  return { clock, dialer, pool, callers: new Callers(pool, clock) }
}

/** What a careless former holder does, who believes that he is one still. */
function endAgain(random: SeededRandom, ended: readonly Lease<FakeConnection>[]): void {
  const lease = ended[random.whole(0, ended.length - 1)]
  if (random.chance(0.5)) lease?.release()
  else lease?.discard()
}

function codeOf(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    if (error instanceof PoolError) return error.code
    throw error
  }
  return 'nothing thrown'
}

describe('a connection has at most one holder', () => {
  // In the life of the first one somebody is served by the very last move.
  const seeds = [1_437_845_991, Math.floor(Math.random() * 2 ** 31)]

  test.each(seeds)('through hundreds of random moves, late and double releases among them: seed %i', async (seed) => {
    const random = new SeededRandom(seed)
    const { clock, dialer, pool } = given({ maxSize: 3, breaker: false, backoff: { baseMs: 2 }, random: random.next })
    const holders = new Map<FakeConnection, Lease<FakeConnection>>()
    const held = new Set<Lease<FakeConnection>>()
    const ended: Lease<FakeConnection>[] = []
    const sins: string[] = []
    const take = (lease: Lease<FakeConnection> | undefined): void => {
      if (lease === undefined) return
      const { connection } = lease
      if (holders.has(connection)) sins.push(`connection ${connection.id} has two holders`)
      if (connection.destroyed) sins.push(`connection ${connection.id} is closed`)
      holders.set(connection, lease)
      held.add(lease)
    }
    const end = (lease: Lease<FakeConnection>): void => {
      holders.delete(lease.connection)
      held.delete(lease)
      ended.push(lease)
      random.pick<(lease: Lease<FakeConnection>) => void>([
        (one) => one.release(),
        (one) => one.release(),
        (one) => one.discard(),
        (one) => one[Symbol.dispose](),
        (one) => void one.detach(),
      ])(lease)
    }

    for (let step = 0; step < 400; step++) {
      const move = random.whole(0, 6)
      const [longest] = held
      if (move <= 2) pool.acquire({ timeoutMs: 20 }).then(take, () => undefined)
      else if (move === 3) take(pool.tryAcquire())
      else if (move <= 5 && longest !== undefined) end(longest)
      else endAgain(random, ended)
      if (random.chance(0.05)) dialer.failNext()
      if (random.chance(0.7)) await clock.advance(random.whole(0, 5))
    }
    await clock.settle()

    expect(sins, `seed ${seed}`).toEqual([])
    expect(pool.stats().leased, `seed ${seed}`).toBe(held.size)
    expect(pool.stats().acquired, `seed ${seed}`).toBe(held.size + ended.length)
  })
})

/** How a lease ends, and what its connection is then. */
const ends: Readonly<Record<string, (lease: Lease<FakeConnection>, pool: Pool<FakeConnection>) => unknown>> = {
  'release()': (lease) => lease.release(),
  'discard()': (lease) => lease.discard(),
  'discard(reason)': (lease) => lease.discard(new Error('broken')),
  'detach()': (lease) => lease.detach(),
  'being disposed': (lease) => lease[Symbol.dispose](),
  'being taken back': (_, pool) => void pool.destroy(),
}

describe.each(Object.entries(ends))('after %s', (how, end) => {
  test('connection and detach() throw LEASE_ENDED', async () => {
    const { pool } = given()
    const lease = await pool.acquire()

    end(lease, pool)

    expect(codeOf(() => lease.connection)).toBe('LEASE_ENDED')
    expect(codeOf(() => lease.detach())).toBe('LEASE_ENDED')
  })

  test('release() and discard() do nothing but count', async () => {
    const { clock, pool, callers } = given({ maxSize: 1 })
    const lease = await pool.acquire()
    end(lease, pool)
    await clock.settle()
    const holder = how === 'being taken back' ? undefined : callers.call('next holder')
    await clock.settle()
    const before = pool.stats()

    lease.release()
    lease.discard()
    lease.discard(new Error('again'))
    await clock.settle()

    expect(pool.stats()).toEqual({ ...before, lateReleases: before.lateReleases + 3 })
    expect(holder?.served.connection.destroyed ?? false).toBe(false)
  })

  test('disposing it does nothing, and is not late', async () => {
    const { clock, pool } = given({ maxSize: 1 })
    const lease = await pool.acquire()
    end(lease, pool)
    await clock.settle()
    const before = pool.stats()

    lease[Symbol.dispose]()
    await clock.settle()

    expect(pool.stats()).toEqual(before)
  })
})

describe('a lease that its maxLeaseMs has ended', () => {
  test('is over for its holder: signal aborted, connection gone, release counted as late', async () => {
    const { clock, pool } = given({ maxLeaseMs: 1_000 })
    const lease = await pool.acquire()
    const { connection, signal } = lease
    await clock.advance(1_000)

    expect([signal.aborted, connection.destroyed]).toEqual([true, true])
    expect(signal.reason).toMatchObject({ code: 'LEASE_ENDED' })
    expect(codeOf(() => lease.connection)).toBe('LEASE_ENDED')
    expect(codeOf(() => lease.detach())).toBe('LEASE_ENDED')
    lease.release()
    expect(pool.stats()).toMatchObject({ lateReleases: 1, leased: 0, closed: { 'taken-back': 1 } })
  })

  test('gives its connection to nobody, and its slot to the next', async () => {
    const { clock, dialer, pool, callers } = given({ maxLeaseMs: 1_000, maxSize: 1 })
    await pool.acquire()
    const next = callers.call('next')

    await clock.advance(1_000)

    expect(next.served.connection).toBe(dialer.connections[1])
  })
})

describe('use()', () => {
  test('ends its lease when work is done: the connection kept beyond is of no use to anybody', async () => {
    const { pool } = given()
    let kept: Lease<FakeConnection> | undefined

    const result = await pool.use((_, lease) => {
      kept = lease
      return 'done'
    })

    expect(result).toBe('done')
    expect(codeOf(() => kept?.connection)).toBe('LEASE_ENDED')
    expect(pool.stats()).toMatchObject({ released: 1, idle: 1, lateReleases: 0 })
  })

  test('whose work has ended the lease itself counts nothing twice', async () => {
    const { pool } = given()

    await pool.use((_, lease) => lease.release())
    await pool.use((_, lease) => lease.discard())

    expect(pool.stats()).toMatchObject({ released: 1, discarded: 1, lateReleases: 0 })
  })
})

describe('inside pinned()', () => {
  test('everything acquired, however deep, gets one connection; outside, another', async () => {
    const { pool } = given()
    const seen: number[] = []

    await pool.pinned(async () => {
      await pool.use(({ id }) => seen.push(id))
      await setImmediate()
      await Promise.resolve().then(() => pool.use(({ id }) => seen.push(id)))
      using lease = await pool.acquire()
      seen.push(lease.connection.id)
      lease.release()
    })

    expect(seen).toEqual([1, 1, 1])
    expect(pool.stats()).toMatchObject({ dials: 1, leased: 0, idle: 1 })
  })

  test('those outside get other connections meanwhile', async () => {
    const { pool } = given()
    const outside = await pool.acquire()

    await pool.pinned(() => pool.use((connection) => expect(connection).not.toBe(outside.connection)))

    expect(pool.stats().dials).toBe(2)
  })

  test('siblings wait for each other, in the order they came', async () => {
    const { pool } = given()
    const story: string[] = []
    const work = (name: string) => async (): Promise<void> => {
      story.push(`${name} begins`)
      await setImmediate()
      story.push(`${name} ends`)
    }

    await pool.pinned(() => Promise.all(['a', 'b', 'c'].map((name) => pool.use(work(name)))))

    expect(story).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
  })

  test('what is nested inside a use shares its connection without waiting', async () => {
    const { pool } = given({ maxSize: 1 })

    const depth = await pool.pinned(() =>
      pool.use(() => pool.use((inner) => pool.use((innermost) => inner === innermost))),
    )

    expect(depth).toBe(true)
    expect(pool.stats()).toMatchObject({ dials: 1, idle: 1 })
  })

  test('a sibling waits until what is nested has ended too', async () => {
    const { pool } = given()
    const story: string[] = []
    await pool.pinned(async () => {
      const outer = pool.use(async () => {
        const nested = pool.use(async () => {
          await setImmediate()
          await setImmediate()
          story.push('nested ends')
        })
        story.push('outer ends')
        await nested
      })
      const sibling = pool.use(() => story.push('sibling'))
      await Promise.all([outer, sibling])
    })

    expect(story).toEqual(['outer ends', 'nested ends', 'sibling'])
  })

  test('work that throws discards the connection for all inside', async () => {
    const { clock, dialer, pool } = given()
    const failure = new Error('in doubt')

    const pinned = pool.pinned(async () => {
      await expect(
        pool.use(() => {
          throw failure
        }),
      ).rejects.toBe(failure)
      await expect(pool.acquire()).rejects.toMatchObject({ code: 'LEASE_ENDED' })
      return 'went on'
    })

    await expect(pinned).resolves.toBe('went on')
    await clock.settle()
    expect(dialer.connections[0]?.destroyed).toBe(true)
    expect(pool.stats()).toMatchObject({ idle: 0, leased: 0 })
  })

  test('siblings that wait are refused when the connection is discarded', async () => {
    const { pool } = given()

    await pool.pinned(async () => {
      const first = pool.use(async () => {
        await setImmediate()
        throw new Error('in doubt')
      })
      const second = pool.use(() => 'never')
      await expect(first).rejects.toThrow('in doubt')
      await expect(second).rejects.toMatchObject({ code: 'LEASE_ENDED' })
    })
  })

  test('a callback that throws discards the connection', async () => {
    const { clock, dialer, pool } = given()
    const failure = new Error('rolled back')

    const pinned = pool.pinned(async () => {
      await pool.use(() => undefined)
      throw failure
    })

    await expect(pinned).rejects.toBe(failure)
    await clock.settle()
    expect(dialer.connections[0]?.destroyed).toBe(true)
  })

  test('a callback that leaves a lease open discards the connection', async () => {
    const { clock, dialer, pool } = given()
    let left: Lease<FakeConnection> | undefined

    await pool.pinned(async () => {
      left = await pool.acquire()
    })

    await clock.settle()
    expect(dialer.connections[0]?.destroyed).toBe(true)
    expect(codeOf(() => left?.connection)).toBe('LEASE_ENDED')
  })

  test('a pinned inside a pinned is the same pin', async () => {
    const { pool } = given({ maxSize: 1 })

    await pool.pinned(() => pool.pinned(() => pool.use(() => undefined)))

    expect(pool.stats()).toMatchObject({ dials: 1, idle: 1 })
  })

  test('another pool is another pool', async () => {
    const { pool } = given()
    const other = given().pool

    await pool.pinned(() => other.use(() => undefined))

    expect([pool.stats().acquired, other.stats().acquired]).toEqual([1, 1])
  })

  test('what runs on after it acquires as anybody does', async () => {
    const { pool } = given()
    let goOn: (() => void) | undefined
    let later: Promise<void> | undefined
    await pool.pinned(() => {
      later = new Promise<void>((resolve) => (goOn = resolve)).then(() => pool.use(() => undefined))
    })

    goOn?.()

    await expect(later).resolves.toBe(undefined)
    expect(pool.stats()).toMatchObject({ acquired: 2, leased: 0 })
  })

  test('a late release inside is counted', async () => {
    const { pool } = given()

    await pool.pinned(async () => {
      const lease = await pool.acquire()
      lease.release()
      lease.release()
      expect(codeOf(() => lease.connection)).toBe('LEASE_ENDED')
    })

    expect(pool.stats().lateReleases).toBe(1)
  })

  test('a sibling waits no longer than its deadline', async () => {
    const { clock, pool } = given()

    await pool.pinned(async () => {
      const holder = await pool.acquire()
      const caller = new Callers(pool, clock).call('sibling', { timeoutMs: 100 })
      await clock.advance(101)
      expect(caller.refused.code).toBe('ACQUIRE_TIMEOUT')
      holder.release()
    })
  })
})

describe('tryAcquire()', () => {
  test('lends an idle connection, and nothing if there is none; it never dials', async () => {
    const { clock, pool } = given()
    expect(pool.tryAcquire()).toBe(undefined)
    await clock.advance(60_000)
    expect(pool.stats().dials).toBe(0)
    ;(await pool.acquire()).release()

    const lease = pool.tryAcquire()

    expect(lease?.connection.id).toBe(1)
    expect(pool.tryAcquire()).toBe(undefined)
    expect(pool.stats().dials).toBe(1)
  })

  test('lends nothing that must be probed first', async () => {
    const { clock, pool } = given({ probe: () => true, probeAfterIdleMs: 500 })
    ;(await pool.acquire()).release()
    await clock.advance(499)
    const fresh = pool.tryAcquire()
    expect(fresh).toBeDefined()
    fresh?.release()

    await clock.advance(500)

    expect(pool.tryAcquire()).toBe(undefined)
    expect(pool.stats().probes).toBe(0)
  })

  test('lends nothing at all where every lease must be probed', async () => {
    const { pool } = given({ probe: () => true })
    ;(await pool.acquire()).release()

    expect(pool.tryAcquire()).toBe(undefined)
  })

  test('lends nothing while paused', async () => {
    const { pool } = given()
    ;(await pool.acquire()).release()

    pool.pause()

    expect(pool.tryAcquire()).toBe(undefined)
  })

  test('lends nothing that is too old, broken or written to', async () => {
    const { clock, dialer, pool } = given({ maxLifetimeMs: 60_000, lifetimeJitterRatio: 0 })
    const warm = pool.warm(3)
    await clock.settle()
    await warm
    const [old, broken, writtenTo] = dialer.connections
    expect([old, broken, writtenTo]).not.toContain(undefined)

    writtenTo?.say('unasked')
    broken?.kill()
    clock.jump(60_000)

    expect(pool.tryAcquire()).toBe(undefined)
  })

  test.each(['close', 'destroy'] as const)(
    'throws POOL_CLOSED after %s(), from the moment it is called',
    async (how) => {
      const { pool } = given()
      ;(await pool.acquire()).release()
      const holder = await pool.acquire()

      const report = pool[how]()

      expect(codeOf(() => pool.tryAcquire())).toBe('POOL_CLOSED')
      if (how === 'close') holder.release()
      await report
      expect(codeOf(() => pool.tryAcquire())).toBe('POOL_CLOSED')
    },
  )
})
