// Promise 11: a waiter continues in its own context; dialing and hooks run in the one the pool was made in; a throwing
// observer is reported by process.emitWarning.
import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { Pool, PoolOptions } from 'connpool'
import { FakeClock, FakeDialer } from 'connpool/testing'
import type { FakeConnection } from 'connpool/testing'

import { CountingServer } from '../fixtures/counting-server.ts'
import { Escapes } from '../fixtures/escapes.ts'
import { ownPool } from '../fixtures/own-pool.ts'
import { until } from '../fixtures/until.ts'

const store = new AsyncLocalStorage<string>()

function given(options: PoolOptions<FakeConnection> = {}) {
  const clock = new FakeClock()
  const dialer = new FakeDialer({ clock })
  const pool = store.run('maker', () => ownPool({ dial: dialer.dial, clock, random: () => 0.9, ...options }))
  return { clock, dialer, pool }
}

/** Does something in a context of this name, and says in which one it went on afterwards. */
function goOnAfter(name: string, work: () => Promise<unknown>): Promise<string | undefined> {
  return store.run(name, async () => {
    await work().catch(() => undefined)
    return store.getStore()
  })
}

describe('a waiter continues in its own context', () => {
  test('when others release what it gets', async () => {
    const { pool } = given({ maxSize: 1 })
    const lease = await pool.acquire()
    const names = ['a', 'b', 'c', 'd']
    const waiting = names.map((name) => goOnAfter(name, async () => (await pool.acquire()).release()))

    store.run('releaser', () => lease.release())

    expect(await Promise.all(waiting)).toEqual(names)
  })

  test('when a dial that another one caused serves it', async () => {
    const { clock, dialer, pool } = given({ maxDialing: 1 })
    dialer.hangNext()
    const first = goOnAfter('first', () => pool.acquire())
    const second = goOnAfter('second', () => pool.acquire())

    store.run('network', () => dialer.succeed())
    await clock.settle()

    expect(await Promise.all([first, second])).toEqual(['first', 'second'])
  })

  test('when it is refused, whoever caused that', async () => {
    const { clock, pool } = given({ maxSize: 1 })
    await pool.acquire()
    const abort = new AbortController()
    const late = goOnAfter('late', () => pool.acquire({ timeoutMs: 100 }))
    const left = goOnAfter('left', () => pool.acquire({ signal: abort.signal }))
    const closed = goOnAfter('closed', () => pool.acquire())

    store.run('aborter', () => abort.abort())
    await clock.advance(100)
    store.run('closer', () => void pool.destroy())

    expect(await Promise.all([late, left, closed])).toEqual(['late', 'left', 'closed'])
  })

  test('in the work of use() and pinned()', async () => {
    const { pool } = given({ maxSize: 1 })
    const seen: unknown[] = []
    const lease = await pool.acquire()
    const work = (name: string): Promise<unknown> =>
      store.run(name, () =>
        name === 'pinned'
          ? pool.pinned(() => pool.use(() => seen.push(store.getStore())))
          : pool.use(() => seen.push(store.getStore())),
      )
    const working = ['use', 'pinned', 'use again'].map(work)

    store.run('releaser', () => lease.release())
    await Promise.all(working)

    expect(seen).toEqual(['use', 'pinned', 'use again'])
  })

  test('over real sockets, a hundred of them', async () => {
    await using server = await CountingServer.listen()
    const pool = ownPool({ endpoint: server.endpoint, maxSize: 3 })
    const names = Array.from({ length: 100 }, (_, index) => `tenant ${index}`)

    const seen = await Promise.all(
      names.map((name) =>
        store.run(name, () =>
          pool.use(async () => {
            await setImmediate()
            return store.getStore()
          }),
        ),
      ),
    )

    expect(seen).toEqual(names)
  })
})

describe('dialing and hooks run in the context the pool was made in', () => {
  /** Runs every hook, each call from another context, and says in which ones they ran. */
  async function contextsOfHooks(): Promise<Record<string, unknown[]>> {
    const seen: Record<string, unknown[]> = {}
    const note = (name: string) => (): void => void (seen[name] ??= []).push(store.getStore())
    const clock = new FakeClock()
    const dialer = new FakeDialer({ clock })
    const pool: Pool<FakeConnection> = store.run('maker', () =>
      ownPool({
        clock,
        random: () => 0.9,
        dial: (context) => {
          note('dial')()
          return dialer.dial(context)
        },
        onConnect: note('onConnect'),
        probe: note('probe'),
        reset: note('reset'),
        closeConnection: note('closeConnection'),
        maxSize: 1,
        maxUses: 4,
        probeIntervalMs: 5_000,
        backoff: { baseMs: 10 },
      }),
    )
    dialer.failNext(2)
    const first = store.run('first caller', () => pool.acquire())
    await store.run('clock', () => clock.advance(1_000))
    const second = store.run('second caller', () => pool.acquire())
    const lease = await first
    store.run('first releaser', () => lease.release())
    const next = await second
    store.run('second releaser', () => next.release())
    await store.run('clock', () => clock.advance(30_000))
    const third = store.run('third caller', () => pool.acquire())
    await clock.settle()
    const last = await third
    store.run('discarder', () => last.discard())
    await clock.settle()
    return seen
  }

  test.each(['dial', 'onConnect', 'probe', 'reset', 'closeConnection'])('%s', async (hook) => {
    const { [hook]: contexts = [] } = await contextsOfHooks()

    expect(contexts.length).toBeGreaterThan(0)
    expect(new Set(contexts)).toEqual(new Set(['maker']))
  })

  test('what happens on a socket later happens in it too', async () => {
    await using server = await CountingServer.listen()
    const seen: unknown[] = []
    const pool = store.run('maker', () =>
      ownPool({
        endpoint: server.endpoint,
        maxSize: 1,
        onConnect: (socket) => void socket.on('close', () => seen.push(store.getStore())),
      }),
    )
    await store.run('caller', () => pool.use(() => undefined))

    server.endAll()
    await until('it has closed', () => seen.length > 0)

    expect(seen).toEqual(['maker'])
  })
})

describe('a throwing observer', () => {
  test('is reported by a warning that names it, and changes nothing', async () => {
    const escapes = Escapes.collect()
    const { clock, pool } = given({
      name: 'my pool',
      observer: {
        acquired: () => {
          throw new Error('observer failed')
        },
      },
    })

    const lease = await pool.acquire()
    lease.release()
    await clock.settle()

    expect(escapes.warnings.map(({ name, message }) => [name, message])).toEqual([
      ['ConnpoolWarning', expect.stringMatching(/my pool.*acquired.*observer failed/)],
    ])
    expect(pool.stats()).toMatchObject({ acquired: 1, released: 1, idle: 1 })
    expect(escapes.errors).toEqual([])
  })

  test('does not keep the others from being told', async () => {
    Escapes.collect()
    const told: string[] = []
    const { clock, pool } = given({
      observer: {
        acquired: () => {
          told.push('acquired')
          throw new Error('observer failed')
        },
        released: () => void told.push('released'),
      },
    })

    ;(await pool.acquire()).release()
    await clock.settle()

    expect(told).toEqual(['acquired', 'released'])
  })

  test('is called after the state has changed', async () => {
    const seen: unknown[] = []
    const { clock, pool } = given({
      observer: {
        acquired: () => void seen.push(['acquired', pool.stats().leased]),
        released: () => void seen.push(['released', pool.stats().leased]),
        dialed: () => void seen.push(['dialed', pool.stats().dialing]),
        closed: () => void seen.push(['closed', pool.stats().total]),
      },
    })

    ;(await pool.acquire()).discard()
    await clock.settle()

    expect(seen).toEqual([
      ['dialed', 0],
      ['acquired', 1],
      ['released', 0],
      ['closed', 0],
    ])
  })
})
