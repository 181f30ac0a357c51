// Code that is written against a pool runs against an upstream: each of these holds for both.
import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type ConnectionSource, Pool, PoolError, type PoolOptions, Upstream } from 'connpool'
import { FakeClock, type FakeConnection, FakeDialer } from 'connpool/testing'

type Options = PoolOptions<FakeConnection>
type Make = (options: Options) => ConnectionSource<FakeConnection>

const sources: readonly [string, Make][] = [
  ['a pool', (options) => new Pool(options)],
  ['an upstream of one', (options) => new Upstream({ endpoints: ['a:1'], pool: options })],
  [
    'an upstream of three',
    (options) => new Upstream({ endpoints: ['a:1', 'b:1', 'c:1'], pool: options, maxSize: options.maxSize ?? 10 }),
  ],
]

describe.each(sources)('%s', (_, make) => {
  function given(options: Options = {}) {
    const clock = new FakeClock()
    const dialer = new FakeDialer({ clock })
    const source = make({ dial: dialer.dial, clock, random: () => 0.5, maxSize: 2, ...options })
    onTestFinished(() => void source.destroy())
    return { clock, dialer, source }
  }

  /** Everything it has is in somebody's hands. */
  async function givenExhausted(options: Options = {}) {
    const world = given(options)
    const leases = [await world.source.acquire(), await world.source.acquire()]
    return { ...world, leases }
  }

  async function refusalOf(acquire: Promise<unknown>): Promise<PoolError> {
    const error = await acquire.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    if (error instanceof PoolError) return error
    throw new Error('it was not refused', { cause: error })
  }

  test('lends a connection and takes it back', async () => {
    const { source } = given()

    const lease = await source.acquire()
    const during = source.stats()
    lease.release()

    expect(lease.info.id).toBe(1)
    expect([during.leased, during.idle, during.acquired]).toEqual([1, 0, 1])
    expect([source.stats().leased, source.stats().released]).toEqual([0, 1])
  })

  test('never has more than maxSize connections', async () => {
    const { source, clock, dialer } = given()

    const acquires = Array.from({ length: 10 }, () => source.acquire({ timeoutMs: 50 }))
    const settled = Promise.allSettled(acquires)
    await clock.advance(50)

    expect((await settled).filter(({ status }) => status === 'fulfilled').length).toBe(2)
    expect(dialer.dials.length).toBe(2)
  })

  test('serves waiters in the order they came, by what is given back', async () => {
    const { source, leases, clock } = await givenExhausted()
    const answers: number[] = []
    for (const caller of [1, 2, 3]) {
      source.acquire().then(
        () => answers.push(caller),
        () => undefined,
      )
    }

    for (const lease of leases) lease.release()
    await clock.settle()

    expect(answers).toEqual([1, 2])
  })

  test('refuses a waiter at its deadline, saying what it waited for', async () => {
    const { source, clock } = await givenExhausted()

    const refused = refusalOf(source.acquire({ timeoutMs: 50 }))
    await clock.advance(50)
    const error = await refused

    expect([error.code, error.phase, error.waitedMs]).toEqual(['ACQUIRE_TIMEOUT', 'queued', 50])
    expect(error.holders?.length).toBe(2)
    expect(source.stats().timeouts).toBe(1)
  })

  test('refuses a waiter whose signal is aborted, with its reason', async () => {
    const { source } = await givenExhausted()
    const abort = new AbortController()

    const waiting = source.acquire({ signal: abort.signal })
    abort.abort('no more')

    await expect(waiting).rejects.toBe('no more')
    expect(source.stats().waiting).toBe(0)
  })

  test('refuses those whom maxWaiting has no place for', async () => {
    const { source } = await givenExhausted({ maxWaiting: 1 })
    source.acquire().catch(() => undefined)

    expect((await refusalOf(source.acquire())).code).toBe('QUEUE_FULL')
  })

  test('gives up at once when it may not wait, unless something is idle', async () => {
    const { source, leases } = await givenExhausted()

    const refused = await refusalOf(source.acquire({ timeoutMs: 0 }))
    leases[0]?.release()
    const lease = await source.acquire({ timeoutMs: 0 })

    expect(refused.code).toBe('ACQUIRE_TIMEOUT')
    expect(lease.info.id).toBe(1)
  })

  test('tryAcquire lends what is idle, and nothing else', async () => {
    const { source } = given()

    const before = source.tryAcquire()
    const lease = await source.acquire()
    lease.release()

    expect(before).toBeUndefined()
    expect(source.tryAcquire()?.info.id).toBe(1)
    expect(source.tryAcquire()).toBeUndefined()
  })

  test('use releases when the work is done and discards when it throws', async () => {
    const { source } = given()

    const answer = await source.use((connection) => connection.id)
    await expect(source.use(() => Promise.reject(new Error('oops')))).rejects.toThrow('oops')

    expect(answer).toBe(1)
    expect([source.stats().released, source.stats().discarded]).toEqual([1, 1])
  })

  test('pinned work has one connection, however deep it asks', async () => {
    const { source } = given()

    const ids = await source.pinned(async () => {
      const outer = await source.use(async (connection) => {
        const inner = await source.use((same) => same.id)
        return [connection.id, inner]
      })
      return [...outer, await source.use((connection) => connection.id)]
    })

    expect(new Set(ids).size).toBe(1)
    expect(source.stats().leased).toBe(0)
  })

  test('pinned work that asks twice at once has the connection by turns', async () => {
    const { source, clock } = given()
    const story: string[] = []
    let finish: () => void = () => undefined
    const pinned = source.pinned(() =>
      Promise.all([
        source.use(async ({ id }) => {
          story.push(`first has ${id}`)
          await new Promise<void>((resolve) => (finish = resolve))
          story.push('first is done')
        }),
        source.use(({ id }) => story.push(`second has ${id}`)),
      ]),
    )
    await clock.settle()
    const before = { story: [...story], leased: source.stats().leased }

    finish()
    await pinned

    expect(before).toEqual({ story: ['first has 1'], leased: 1 })
    expect(story).toEqual(['first has 1', 'first is done', 'second has 1'])
    expect(source.stats()).toMatchObject({ leased: 0, dials: 1 })
  })

  test('a pin ends with the callback: what it leaves open is taken away', async () => {
    const { source } = given()

    const lease = await source.pinned(() => source.acquire())

    expect(() => lease.connection).toThrow(expect.objectContaining({ code: 'LEASE_ENDED' }))
    expect(source.stats().leased).toBe(0)
  })

  test('is ready when minSize connections are open', async () => {
    const { source } = given({ minSize: 0 })

    await source.ready()
    await source.warm(2)

    expect(source.stats().idle).toBe(2)
  })

  test('holds callers while paused and serves them in order when resumed', async () => {
    const { source, clock } = given()
    const answers: number[] = []
    source.pause()
    for (const caller of [1, 2]) void source.acquire().then(() => answers.push(caller))
    await clock.advance(1_000)
    const before = [...answers]

    source.resume()
    await clock.settle()

    expect([before, answers]).toEqual([[], [1, 2]])
  })

  test('clear replaces what is open', async () => {
    const { source } = given()
    const lease = await source.acquire()

    source.clear()
    lease.release()

    const next = await source.acquire()

    expect(next.connection.id).toBe(2)
    expect(source.stats().closed.cleared).toBe(1)
  })

  test('close refuses waiters, waits for leases and tells what came of it', async () => {
    const { source, leases, clock } = await givenExhausted()
    const waiter = refusalOf(source.acquire())

    const closed = source.close({ graceMs: 100 })
    leases[0]?.release()
    await clock.advance(100)

    expect((await waiter).code).toBe('POOL_CLOSED')
    expect(await closed).toMatchObject({ drained: 1, cut: 1, refused: 1 })
    expect((await refusalOf(source.acquire())).code).toBe('POOL_CLOSED')
    expect(() => source.tryAcquire()).toThrow(expect.objectContaining({ code: 'POOL_CLOSED' }))
  })

  test('destroy tells its reason to holders and later callers', async () => {
    const { source, leases, clock } = await givenExhausted()
    const reason = new Error('the end')
    const { signal } = leases[0] ?? { signal: undefined }

    const destroyed = source.destroy(reason)
    await clock.settle()
    await destroyed

    expect(signal?.reason).toBe(reason)
    expect((await refusalOf(source.acquire())).cause).toBe(reason)
  })

  test('leaves no timer behind', async () => {
    const { source, clock } = await givenExhausted()
    source.acquire().catch(() => undefined)

    const closed = source.close({ graceMs: 0 })
    await clock.settle()
    await closed

    expect(clock.pendingCount).toBe(0)
  })

  test('a dial that fails is the cause of what callers are told', async () => {
    const { source, dialer, clock } = given({ breaker: false })
    dialer.failNext(20, new Error('refused'))

    const refused = refusalOf(source.acquire({ timeoutMs: 50 }))
    await clock.advance(50)
    const error = await refused

    expect([error.code, (error.cause as Error).message]).toEqual(['ACQUIRE_TIMEOUT', 'refused'])
  })

  test('a caller keeps the async context it came in', async () => {
    const { source, leases } = await givenExhausted()
    const context = new AsyncLocalStorage<string>()

    const seen = context.run('mine', async () => {
      await source.acquire()
      return context.getStore()
    })
    await setImmediate()
    leases[0]?.release()

    expect(await seen).toBe('mine')
  })

  test('explains why callers wait', async () => {
    const { source, clock } = await givenExhausted()
    source.acquire().catch(() => undefined)
    await clock.advance(10)

    const { summary, waiters, holders, lifecycle } = source.explain()

    expect(lifecycle).toBe('running')
    expect(waiters).toEqual([{ phase: 'queued', ageMs: 10 }])
    expect(holders.length).toBe(2)
    expect(summary).toMatch(/1 waiting/)
  })
})
