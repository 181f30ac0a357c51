// Promise 8: user code that throws, rejects or never settles costs one connection, never a slot, never the process.
import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { Pool, PoolObserver, PoolOptions } from 'connpool'
import { FakeClock, FakeConnection, FakeDialer } from 'connpool/testing'

import { Callers } from '../fixtures/callers.ts'
import { Escapes } from '../fixtures/escapes.ts'
import { ownPool } from '../fixtures/own-pool.ts'
import { runProgram } from '../fixtures/run-program.ts'

type Hook = 'dial' | 'onConnect' | 'probe' | 'reset' | 'closeConnection'

const hooks: readonly Hook[] = ['dial', 'onConnect', 'probe', 'reset', 'closeConnection']

/** How code of users goes wrong. */
const manners: Readonly<Record<string, () => unknown>> = {
  throws: () => {
    throw new Error('user code failed')
  },
  'throws what is no error': () => {
    throw undefined // oxlint-disable-line typescript/only-throw-error -- as users do
  },
  rejects: () => Promise.reject(new Error('user code failed')),
  'rejects with what is no error': () => Promise.reject(undefined), // oxlint-disable-line typescript/prefer-promise-reject-errors -- as users do
  'never settles': () => new Promise(() => undefined),
  'answers something that throws when it is waited for': () => ({
    // oxlint-disable-next-line unicorn/no-thenable -- as some do
    then: () => {
      throw new Error('no good promise')
    },
  }),
}

type Make = (number: number) => unknown

const kinds: Readonly<Record<string, Make>> = {
  'of streams': (number) => new FakeConnection(number),
  'of objects': (number) => ({ number, destroy: () => undefined }),
}

/** A pool of one whose hook goes wrong the first time, and well ever after. */
function given(hook: Hook, manner: () => unknown, make: Make) {
  const clock = new FakeClock()
  let made = 0
  const calls = { dial: 0, onConnect: 0, probe: 0, reset: 0, closeConnection: 0 } satisfies Record<Hook, number>
  const run = (name: Hook, well: () => unknown) => (): unknown => {
    calls[name]++
    return name === hook && calls[name] === 1 ? manner() : well()
  }
  const well = (): undefined => undefined
  const options: PoolOptions<unknown> = {
    dial: run('dial', () => make(++made)),
    onConnect: run('onConnect', well),
    probe: run('probe', well),
    reset: run('reset', well),
    closeConnection: run('closeConnection', well),
  }
  const pool = ownPool<unknown>({ ...options, clock, maxSize: 1, random: () => 0.9, acquireTimeoutMs: 60_000 })
  return { clock, pool, calls }
}

/** One lease from the first wish to the last word, with time for everything in between. */
async function leaseOnce(pool: Pool<unknown>, clock: FakeClock, end: 'release' | 'discard'): Promise<void> {
  const caller = new Callers(pool, clock).call('somebody')
  await clock.advance(20_000)
  caller.served[end]()
  await clock.advance(20_000)
}

describe.each(Object.entries(kinds))('in a pool %s', (_, make) => {
  describe.each(hooks)('%s', (hook) => {
    test.each(Object.entries(manners))('that %s costs one connection, never a slot', async (_, manner) => {
      const escapes = Escapes.collect()
      const { clock, pool, calls } = given(hook, manner, make)

      for (const end of ['release', 'release', 'discard', 'discard'] as const) await leaseOnce(pool, clock, end)
      await setImmediate()

      const { total, dialing, closing, waiting, leased, acquired, dials } = pool.stats()
      expect(calls[hook]).toBeGreaterThan(1)
      expect({ total, dialing, closing, waiting, leased, acquired }).toEqual({
        total: 0,
        dialing: 0,
        closing: 0,
        waiting: 0,
        leased: 0,
        acquired: 4,
      })
      // The first, the one after a discard(), and the one that it cost.
      expect(dials).toBeLessThanOrEqual(3)
      expect(escapes.errors).toEqual([])
      const report = pool.close()
      await clock.advance(5_000)
      await expect(report).resolves.toMatchObject({ cut: 0 })
    })

    test('that settles long after it was given up changes nothing any more', async () => {
      const escapes = Escapes.collect()
      const late: ((well: boolean) => void)[] = []
      const hang = (): Promise<unknown> =>
        new Promise((resolve, reject) => {
          late.push((well) => (well ? resolve(make(99)) : reject(new Error('late'))))
        })
      const { clock, pool } = given(hook, hang, make)
      for (const end of ['release', 'release', 'discard', 'discard'] as const) await leaseOnce(pool, clock, end)
      const before = pool.stats()
      expect(late.length).toBe(1)

      late[0]?.(true)
      await clock.settle()

      expect(pool.stats()).toEqual(before)
      expect(escapes.errors).toEqual([])
    })

    test('finds its signal aborted when it has taken too long', async () => {
      const signals: AbortSignal[] = []
      const clock = new FakeClock()
      const hang = (...args: unknown[]): Promise<unknown> => {
        signals.push((args.at(-1) as { signal: AbortSignal }).signal)
        return new Promise(() => undefined)
      }
      const pool = ownPool<unknown>({
        dial: () => make(1),
        [hook]: hang,
        clock,
        maxSize: 1,
        probeAfterIdleMs: 0,
        random: () => 0.9,
      })
      const callers = new Callers(pool, clock)
      for (const name of ['first', 'second']) {
        const caller = callers.call(name, { timeoutMs: 3_000 })
        await clock.advance(3_000)
        caller.lease?.release()
        await clock.advance(3_000)
      }
      pool.clear()
      await clock.advance(10_000)

      expect(signals.map(({ aborted }) => aborted)).toEqual(signals.map(() => true))
      expect(signals.length).toBeGreaterThan(0)
    })
  })
})

describe('a probe', () => {
  test.each([
    ['false', false, 1],
    ['undefined', undefined, 0],
    ['null', null, 0],
    ['0', 0, 0],
  ])('that answers %s is taken at its word', async (_, answer, failures) => {
    const clock = new FakeClock()
    const pool = ownPool({ dial: new FakeDialer().dial, clock, probe: () => answer, maxSize: 1, random: () => 0 })
    await leaseOnce(pool, clock, 'release')

    new Callers(pool, clock).call('next')
    await clock.advance(1_000)

    expect(pool.stats()).toMatchObject({ probeFailures: failures, leased: 1 })
  })
})

describe('a dial that answers', () => {
  const answers: Record<string, () => unknown> = {
    nothing: () => undefined,
    null: () => null,
    'a promise of nothing': () => Promise.resolve(),
  }

  test.each(Object.entries(answers))('%s has failed', async (_, answer) => {
    const clock = new FakeClock()
    const callers = new Callers(ownPool<object>({ dial: answer as () => object, clock, random: () => 0.9 }), clock)

    const caller = callers.call('somebody')
    await clock.advance(5_000)

    expect(caller.refused.code).toBe('DIAL_FAILED')
    expect(String(caller.refused.cause)).toMatch(/dial returned/)
  })

  test('a connection that is in the pool already has failed, and the one that is there stays', async () => {
    const clock = new FakeClock()
    const one = { destroy: () => (isOpen = false) }
    let isOpen = true
    const pool = ownPool<object>({ dial: () => one, clock, maxSize: 2, random: () => 0.9 })
    const callers = new Callers(pool, clock)
    const first = callers.call('first')
    await clock.settle()

    const second = callers.call('second', { timeoutMs: 5_000 })
    await clock.advance(5_000)

    expect(second.refused.code).toBe('DIAL_FAILED')
    expect(String(second.refused.cause)).toMatch(/already/)
    expect([first.served.connection, isOpen]).toEqual([one, true])
    expect(pool.stats()).toMatchObject({ leased: 1, total: 1 })
  })

  test('a number or a text is a pool of numbers or texts', async () => {
    const clock = new FakeClock()
    const pool = ownPool<number>({ dial: () => 7, clock, maxSize: 2 })

    expect(await Promise.all([pool.use((one) => one), pool.use((other) => other)])).toEqual([7, 7])
  })
})

const told: readonly (keyof PoolObserver)[] = [
  'acquired',
  'released',
  'dialed',
  'closed',
  'probed',
  'waiting',
  'refused',
  'leaked',
  'breaker',
]

/** Lives through all that an observer can be told, and is none the worse for it. */
async function liveWith(observe: (name: string, pool: Pool<FakeConnection>) => unknown) {
  const clock = new FakeClock()
  const dialer = new FakeDialer({ clock })
  const heard = new Set<string>()
  const observer: PoolObserver = Object.fromEntries(
    told.map((name) => [
      name,
      () => {
        heard.add(name)
        return observe(name, pool)
      },
    ]),
  )
  const pool: Pool<FakeConnection> = ownPool({
    dial: dialer.dial,
    clock,
    observer,
    probe: () => undefined,
    leakWarnMs: 5_000,
    maxSize: 1,
    random: () => 0.9,
  })
  const callers = new Callers(pool, clock)
  const first = callers.call('first')
  await clock.settle()
  callers.call('too late', { timeoutMs: 100 })
  await clock.advance(10_000)
  first.served.release()
  await clock.advance(40_000)
  dialer.failNext(50)
  pool.clear()
  callers.call('refused')
  await clock.advance(5_000)
  dialer.failNext(0)
  await clock.advance(600_000)
  callers.call('last')
  await clock.advance(100_000)
  return { pool, callers, clock, heard }
}

describe('an observer', () => {
  test.each(Object.entries(manners))('that %s, whatever it is told, costs nothing', async (_, manner) => {
    const escapes = Escapes.collect()

    const { heard, callers, pool } = await liveWith(manner)
    await setImmediate()

    expect([...heard].toSorted()).toEqual(told.toSorted())
    expect(callers.answers.slice(0, 3)).toEqual(['first', 'too late: ACQUIRE_TIMEOUT', 'refused: DIAL_FAILED'])
    expect(pool.stats().waiting).toBe(0)
    expect(escapes.errors).toEqual([])
  })

  test('may call the pool, whatever it is told', async () => {
    const escapes = Escapes.collect()

    const calls = new Set<string>()
    const { callers } = await liveWith((name, pool) => {
      // What it does is told too; once is enough.
      if (calls.has(name)) return
      calls.add(name)
      pool.stats()
      pool.explain()
      pool.tryAcquire()?.release()
      pool.resize({ maxSize: 1 })
      pool.pause()
      pool.resume()
      void pool.acquire({ timeoutMs: 0 }).then(
        (lease) => lease.release(),
        () => undefined,
      )
    })

    expect(callers.answers[0]).toBe('first')
    expect(escapes.errors).toEqual([])
    expect(escapes.warnings.filter(({ code }) => code === 'CONNPOOL_BUG')).toEqual([])
  })
})

describe('a hook', () => {
  test.each(hooks)('%s may close the pool it belongs to', async (hook) => {
    const escapes = Escapes.collect()
    let report: Promise<unknown> | undefined
    const { clock, pool } = given(
      hook,
      () => {
        report = pool.close({ graceMs: 0 })
        return new FakeConnection(1)
      },
      (number) => new FakeConnection(number),
    )
    const callers = new Callers(pool, clock)
    const caller = callers.call('somebody')
    await clock.advance(1_000)
    caller.lease?.release()
    const another = callers.call('another')
    await clock.advance(1_000)
    another.lease?.release()
    await clock.advance(1_000)
    pool.clear()
    await clock.advance(5_000)

    expect(report).toBeDefined()
    await expect(report).resolves.toMatchObject({ elapsedMs: expect.any(Number) as number })
    expect(pool.stats()).toMatchObject({ total: 0, dialing: 0, closing: 0 })
    expect(escapes.errors).toEqual([])
  })
})

describe('never the process', () => {
  /** Where a connection may be when its peer breaks it off; nobody but the pool listens to its errors. */
  const states: Record<string, string> = {
    idle: 'const pool = make({ minSize: 1 }); await pool.ready()',
    leased: 'const pool = make(); await pool.acquire()',
    'being written to': 'const pool = make(); (await pool.acquire()).connection.write(Buffer.alloc(5e7))',
    'being set up': 'const pool = make({ onConnect: hang }); pool.acquire().catch(() => {})',
    'being probed': `const pool = make({ probe: hang }); (await pool.acquire()).release(); pool.acquire().catch(() => {})`,
    'being reset': 'const pool = make({ reset: hang }); (await pool.acquire()).release()',
    'being closed': 'const pool = make(); (await pool.acquire()).discard()',
    'being closed, without the listeners its holder has removed': `const pool = make(); const lease = await pool.acquire()
      lease.connection.removeAllListeners(); lease.release()`,
    'being handshaken': 'const pool = make({ endpoint: { ...endpoint, tls: true } }); pool.acquire().catch(() => {})',
    'taken back': 'const pool = make({ maxLeaseMs: 5 }); (await pool.acquire()).connection.write("?")',
  }

  test('when its peer breaks off a connection, whatever is done with it then', async () => {
    const acts = Object.entries(states).map(
      ([name, text]) => `${JSON.stringify(name)}: async () => { ${text}; return pool }`,
    )
    const { code, output } = await runProgram(`
      const hang = () => new Promise(() => {})
      const turn = () => new Promise((resolve) => setTimeout(resolve, 10))
      let escaped
      process.on('uncaughtException', (error) => (escaped = error))
      let sockets = []
      const server = net.createServer({ allowHalfOpen: true }, (socket) => sockets.push(socket.on('error', () => {})))
      await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
      const endpoint = { host: '127.0.0.1', port: server.address().port }
      const make = (options) => new Pool({ endpoint, maxSize: 1, breaker: false, closeTimeoutMs: 100, ...options })
      for (const [state, begin] of Object.entries({ ${acts.join(', ')} })) {
        sockets = []
        escaped = undefined
        const pool = await begin()
        while (sockets.length === 0) await turn()
        await turn()
        for (const socket of sockets) socket.resetAndDestroy()
        await turn()
        if (escaped !== undefined) console.log(state, String(escaped))
        await pool.destroy()
      }
      server.close()
      console.log('done')
    `)

    expect(output).toBe('done')
    expect(code).toBe(0)
  })
})
