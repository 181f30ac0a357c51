// Promise 10: no listener stays on the caller's signal, no timer or socket after close(). Waiting acquires and leased
// connections keep the process alive; housekeeping and idle connections do not.
import { getEventListeners } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { AcquireOptions, Pool, PoolOptions } from 'connpool'
import { FakeClock, FakeDialer } from 'connpool/testing'
import type { FakeConnection } from 'connpool/testing'

import { Callers } from '../fixtures/callers.ts'
import { CountingServer, serving } from '../fixtures/counting-server.ts'
import { Escapes } from '../fixtures/escapes.ts'
import { ownPool } from '../fixtures/own-pool.ts'
import { runProgram } from '../fixtures/run-program.ts'

interface World {
  readonly clock: FakeClock
  readonly dialer: FakeDialer
  readonly pool: Pool<FakeConnection>
  /** To be passed with every call; `timeoutMs` is 1 000. */
  readonly options: AcquireOptions & { readonly signal: AbortSignal }
  readonly abort: AbortController
}

function given(options: PoolOptions<FakeConnection> = {}): World {
  const clock = new FakeClock()
  const dialer = new FakeDialer({ clock })
  const pool = ownPool({ dial: dialer.dial, clock, random: () => 0.9, maxSize: 1, ...options })
  const abort = new AbortController()
  return { clock, dialer, pool, abort, options: { signal: abort.signal, timeoutMs: 1_000 } }
}

const ignore = (): undefined => undefined

async function failLater(): Promise<never> {
  await setImmediate()
  throw new Error('failed')
}

/** Every way in which a call with a signal can end. Each resolves when it has ended so. */
const endings: Readonly<Record<string, (world: World) => Promise<unknown>>> = {
  'an acquire served at once': async ({ pool, options }) => {
    await pool.acquire()
    pool.resize({ maxSize: 2 })
    ;(await pool.acquire()).release()
    await pool.acquire(options)
  },
  'an acquire served by a dial': ({ pool, options }) => pool.acquire(options),
  'an acquire served by a release': async ({ pool, options }) => {
    const holder = await pool.acquire()
    const waiting = pool.acquire(options)
    holder.release()
    await waiting
  },
  'an acquire whose time is up': async ({ clock, pool, options }) => {
    await pool.acquire()
    const waiting = pool.acquire(options).catch(ignore)
    await clock.advance(1_000)
    await waiting
  },
  'an acquire that was aborted': async ({ pool, options, abort }) => {
    await pool.acquire()
    const waiting = pool.acquire(options).catch(ignore)
    abort.abort()
    await waiting
  },
  'an acquire that found the queue full': async ({ pool, options }) => {
    await pool.acquire()
    pool.acquire().catch(ignore)
    await expect(pool.acquire(options)).rejects.toMatchObject({ code: 'QUEUE_FULL' })
  },
  'an acquire without hope of a dial': async ({ clock, dialer, pool, options }) => {
    dialer.failNext(100)
    const caller = new Callers(pool, clock).call('somebody', { ...options, timeoutMs: 9_000 })
    await clock.advance(5_000)
    expect(caller.refused.code).toBe('DIAL_FAILED')
  },
  'an acquire that a close refused': async ({ pool, options }) => {
    const holder = await pool.acquire()
    const waiting = pool.acquire(options)
    void pool.close()
    holder.release()
    await expect(waiting).rejects.toMatchObject({ code: 'POOL_CLOSED' })
  },
  'an acquire after close': async ({ pool, options }) => {
    await pool.close()
    await expect(pool.acquire(options)).rejects.toMatchObject({ code: 'POOL_CLOSED' })
  },
  'a use': ({ pool, options }) => pool.use(ignore, options),
  'a use that throws': ({ pool, options }) =>
    pool.use(() => Promise.reject(new Error('failed')), options).catch(ignore),
  'a pinned': ({ pool, options }) => pool.pinned(() => pool.use(ignore), options),
  'a sibling in a pin': ({ pool, options }) =>
    pool.pinned(() => Promise.all([pool.use(() => setImmediate()), pool.use(ignore, options)])),
  'a sibling in a pin, refused': ({ pool, options }) =>
    pool.pinned(() =>
      Promise.all([pool.use(() => failLater()).catch(ignore), pool.use(ignore, options).catch(ignore)]),
    ),
  'a sibling in a pin, aborted': ({ pool, options, abort }) =>
    pool.pinned(async () => {
      const holding = pool.use(() => setImmediate())
      const waiting = pool.use(ignore, options).catch(ignore)
      abort.abort()
      await Promise.all([holding, waiting])
    }),
  'a ready': ({ pool, options: { signal } }) => pool.ready({ signal }),
  'a warm': async ({ clock, pool, options: { signal } }) => {
    const warm = pool.warm(1, { signal })
    await clock.settle()
    await warm
  },
  'a warm that failed': async ({ clock, dialer, pool, options: { signal } }) => {
    dialer.failNext()
    const warm = pool.warm(1, { signal }).catch((error: unknown) => error)
    await clock.settle()
    expect(await warm).toMatchObject({ code: 'DIAL_FAILED' })
  },
  'a warm that was aborted': async ({ dialer, pool, options: { signal }, abort }) => {
    dialer.hangNext()
    const warm = pool.warm(1, { signal }).catch(ignore)
    abort.abort()
    await warm
  },
  'a warm that a close refused': async ({ dialer, pool, options: { signal } }) => {
    dialer.hangNext()
    const warm = pool.warm(1, { signal }).catch(ignore)
    void pool.close()
    await warm
  },
}

describe('no listener stays on the signal', () => {
  test.each(Object.entries(endings))('of %s', async (_, end) => {
    const world = given({ maxWaiting: 1 })

    await end(world)

    expect(getEventListeners(world.abort.signal, 'abort')).toEqual([])
  })

  const crowds: Record<string, (world: World) => Promise<unknown>> = {
    acquire: ({ pool, options }) => pool.acquire({ ...options, timeoutMs: Infinity }),
    ready: ({ pool, options: { signal } }) => pool.ready({ signal }),
    warm: ({ pool, options: { signal } }) => pool.warm(1, { signal }),
  }

  test.each(Object.entries(crowds))('of 2,000 waiting in %s, nor is there a warning', async (_, call) => {
    const escapes = Escapes.collect()
    const world = given({ minSize: 1 })
    world.dialer.hangNext(10)
    const reason = new Error('all of you')
    const waiting = Array.from({ length: 2_000 }, () => call(world).catch((error: unknown) => error))
    await setImmediate()

    world.abort.abort(reason)
    const reasons = new Set(await Promise.all(waiting))

    expect([...reasons]).toEqual([reason])
    expect(getEventListeners(world.abort.signal, 'abort')).toEqual([])
    expect(escapes.warnings).toEqual([])
    expect(world.pool.stats().waiting).toBe(0)
  })

  test('of 2,000 waiting inside a pin, nor is there a warning', async () => {
    const escapes = Escapes.collect()
    const { pool, abort } = given()

    await pool.pinned(async () => {
      const holder = await pool.acquire()
      const waiting = Array.from({ length: 2_000 }, () => pool.acquire({ signal: abort.signal }).catch(() => undefined))
      await setImmediate()
      abort.abort()
      await Promise.all(waiting)
      holder.release()
    })

    expect(getEventListeners(abort.signal, 'abort')).toEqual([])
    expect(escapes.warnings).toEqual([])
  })

  test('of waiters of a hundred pools, nor is there a warning', async () => {
    const escapes = Escapes.collect()
    const abort = new AbortController()
    const waiting = Array.from({ length: 100 }, () => {
      const { dialer, pool } = given()
      dialer.hangNext()
      return pool.acquire({ signal: abort.signal }).catch((error: unknown) => error)
    })
    await setImmediate()

    abort.abort('enough')

    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['enough']))
    expect(getEventListeners(abort.signal, 'abort')).toEqual([])
    expect(escapes.warnings).toEqual([])
  })
})

describe('no timer is left', () => {
  const lives: Record<string, (world: World) => unknown> = {
    'with idle connections': async ({ pool }) => (await pool.acquire()).release(),
    'with holders': ({ pool }) => pool.acquire(),
    'with waiters': ({ pool, clock }) => void new Callers(pool, clock).crowd(5),
    'with waiters inside a pin': ({ pool }) =>
      void pool.pinned(async () => {
        await pool.acquire()
        await pool.acquire().catch(ignore)
      }),
    'with a dial under way': ({ pool, dialer, clock }) => {
      dialer.hangNext()
      new Callers(pool, clock).call('somebody')
    },
    'while backing off': ({ pool, dialer, clock }) => {
      dialer.failNext()
      new Callers(pool, clock).call('somebody')
    },
    'while paused': ({ pool, clock }) => {
      pool.pause()
      new Callers(pool, clock).call('somebody')
    },
  }

  test.each(Object.entries(lives))('after close(), %s', async (_, live) => {
    const world = given({ maxLeaseMs: 60_000, leakWarnMs: 50_000, probe: ignore, probeAfterIdleMs: Infinity })
    await live(world)
    await world.clock.settle()

    const report = world.pool.close({ graceMs: 100 })
    await world.clock.advance(5_000)
    await report

    expect(world.clock.pendingCount).toBe(0)
  })
})

describe('nothing of a closed pool keeps the process alive or open', () => {
  const states: Record<string, string> = {
    idle: 'await pool.ready()',
    leased: 'await pool.acquire()',
    waiting: 'await pool.acquire(); await pool.acquire(); pool.acquire().catch(() => {})',
    dialing: 'pool.acquire().catch(() => {})',
    dirty: '(await pool.acquire()).connection.write(Buffer.alloc(5e6))',
    pinned: 'pool.pinned(() => new Promise(() => {})).catch(() => {}); await pool.ready()',
  }

  test('whatever it was doing, no resource is left when close() or destroy() has resolved', async () => {
    await using server = await CountingServer.listen()

    const acts = Object.entries(states).map(([name, text]) => `${name}: async (pool) => { ${text} }`)
    const { code, output } = await runProgram(
      `
      const kinds = () => process.getActiveResourcesInfo().filter((kind) => !/Pipe|TTY|Immediate/.test(kind))
      for (const [state, begin] of Object.entries({ ${acts.join(', ')} })) {
        for (const end of [(pool) => pool.close({ graceMs: 5 }), (pool) => pool.destroy()]) {
          const pool = new Pool({ endpoint: given.endpoint, minSize: 2, maxSize: 2, maxLeaseMs: 60_000 })
          await begin(pool)
          await end(pool)
          if (kinds().length > 0) console.log(state, kinds())
        }
      }
      console.log('done')
    `,
      { given: { endpoint: server.endpoint } },
    )

    expect([output, code]).toEqual(['done', 0])
  })
})

/** Far longer than a program needs to end, far shorter than what would keep it. */
const soonMs = 6_000

describe('a process ends by itself', () => {
  const programs: Record<string, string> = {
    'with idle connections, kept, probed, watched and limited in age': `
      const pool = new Pool({ endpoint, minSize: 2, probe: socketAlive(), probeIntervalMs: 20, maxLifetimeMs: 60_000 })
      await pool.ready()
      await pool.use(async (socket) => socket.writable)
      await new Promise((resolve) => setTimeout(resolve, 60))
    `,
    'with connections that were never needed': 'new Pool({ endpoint, minSize: 2 })',
    'with a released object': `
      const pool = new Pool({ dial: () => ({}), idleTimeoutMs: 60_000 })
      ;(await pool.acquire()).release()
    `,
    'with an endpoint that cannot be reached, tried again and again': `
      const pool = new Pool({ endpoint: { host: '127.0.0.1', port: 1 }, minSize: 1, breaker: false })
      await pool.ready().catch(() => {})
    `,
    'with nobody waiting for the dial that keeps minSize': `
      new Pool({ endpoint: { ...endpoint, tls: true }, minSize: 1, dialTimeoutMs: 60_000 })
      await new Promise((resolve) => setTimeout(resolve, 50))
    `,
    'with nobody waiting for a dial any more': `
      const pool = new Pool({ endpoint: { ...endpoint, tls: true }, dialTimeoutMs: 60_000 })
      await pool.acquire({ timeoutMs: 50 }).catch(() => {})
    `,
    'with a background probe under way': `
      const probe = () => new Promise(() => {})
      const pool = new Pool({ endpoint, minSize: 1, probe, probeIntervalMs: 20, probeTimeoutMs: 60_000 })
      await pool.ready()
      await new Promise((resolve) => setTimeout(resolve, 60))
    `,
    'with an idle connection that a silent peer keeps from closing': `
      const pool = new Pool({ endpoint, idleTimeoutMs: 20, closeTimeoutMs: 60_000 })
      ;(await pool.acquire()).release()
      await new Promise((resolve) => setTimeout(resolve, 60))
    `,
  }

  test.concurrent.each(Object.entries(programs))('%s', async (_, text) => {
    // It accepts, reads, and says nothing, not even goodbye.
    await using server = await CountingServer.listen(serving.silent, { allowHalfOpen: true })

    const { code, output, tookMs } = await runProgram(`const { endpoint } = given\n${text}\nconsole.log('done')`, {
      given: { endpoint: server.endpoint },
      limitMs: soonMs,
    })

    expect({ code, output }).toEqual({ code: 0, output: 'done' })
    expect(tookMs).toBeLessThan(soonMs)
  })
})

describe('a process is kept alive', () => {
  // Each prints the same, in the end, if it comes to it.
  const programs: Record<string, string> = {
    'by an acquire that waits for a dial': `
      const pool = new Pool({ dial: () => new Promise(() => {}) })
      await pool.acquire({ timeoutMs: 150 }).catch(({ code }) => console.log(code))
    `,
    'by an acquire that waits for a holder': `
      const pool = new Pool({ dial: () => ({}), maxSize: 1 })
      await pool.acquire()
      await pool.acquire({ timeoutMs: 150 }).catch(({ code }) => console.log(code))
      process.exit()
    `,
    'by an acquire that waits for the end of a back-off': `
      const pool = new Pool({ dial: () => Promise.reject(new Error('no')), backoff: { baseMs: 10_000 } })
      await pool.acquire({ timeoutMs: 150 }).catch(({ code }) => console.log(code))
    `,
    'by an acquire that waits for the end of a pause': `
      const pool = new Pool({ dial: () => ({}) })
      pool.pause()
      await pool.acquire({ timeoutMs: 150 }).catch(({ code }) => console.log(code))
    `,
    'by an acquire that waits inside a pin': `
      const pool = new Pool({ dial: () => ({}) })
      await pool.pinned(async () => {
        const lease = await pool.acquire()
        await pool.acquire({ timeoutMs: 150 }).catch(({ code }) => console.log(code))
        lease.release()
      })
    `,
    'by a leased object': `
      const pool = new Pool({ dial: () => ({}) })
      const lease = await pool.acquire()
      setTimeout(() => { console.log('ACQUIRE_TIMEOUT'); lease.release() }, 150).unref()
    `,
    'by a leased socket': `
      const pool = new Pool({ endpoint })
      const lease = await pool.acquire()
      setTimeout(() => { console.log('ACQUIRE_TIMEOUT'); lease.release() }, 150).unref()
    `,
    'by a leased socket on which its former holder has called unref()': `
      const pool = new Pool({ endpoint, maxSize: 1 })
      await pool.use((socket) => { socket.unref() })
      const lease = await pool.acquire()
      setTimeout(() => { console.log('ACQUIRE_TIMEOUT'); lease.release() }, 150).unref()
    `,
    'by a lease from tryAcquire()': `
      const pool = new Pool({ dial: () => ({}) })
      ;(await pool.acquire()).release()
      await new Promise((resolve) => setImmediate(resolve))
      const lease = pool.tryAcquire()
      setTimeout(() => { console.log('ACQUIRE_TIMEOUT'); lease.release() }, 150).unref()
    `,
    'by a close() that waits for a holder': `
      const pool = new Pool({ dial: () => ({}) })
      await pool.acquire()
      const { cut } = await pool.close({ graceMs: 150 })
      console.log(cut === 1 && 'ACQUIRE_TIMEOUT')
    `,
    'by a ready() that waits': `
      const pool = new Pool({ dial: () => new Promise(() => {}), minSize: 1, dialTimeoutMs: 150 })
      await pool.ready().catch(({ code }) => console.log(code === 'DIAL_FAILED' && 'ACQUIRE_TIMEOUT'))
    `,
  }

  test('by what somebody waits for or holds, and ends when that is over', async () => {
    await using server = await CountingServer.listen()

    const outcomes = await Promise.all(
      Object.entries(programs).map(async ([name, text]) => {
        const { endpoint } = server
        const { code, output } = await runProgram(`const { endpoint } = given\n${text}`, {
          given: { endpoint },
          limitMs: soonMs,
        })
        return [name, code, output]
      }),
    )

    expect(outcomes).toEqual(Object.keys(programs).map((name) => [name, 0, 'ACQUIRE_TIMEOUT']))
  })
})
