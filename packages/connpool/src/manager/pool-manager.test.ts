import { AsyncLocalStorage } from 'node:async_hooks'

import { describe, expect, test } from 'vitest'

import { refusalOf } from '../../test/refusal.ts'
import type { EndpointLike, EndpointObject } from '../endpoint.ts'
import type { Lease } from '../pool/lease.ts'
import { FakeClock, type FakeConnection, FakeDialer, SeededRandom } from '../testing.ts'
import type { PoolManagerOptions } from './manager-options.ts'
import { PoolManager } from './pool-manager.ts'

interface World {
  readonly clock: FakeClock
  readonly dialer: FakeDialer
  readonly manager: PoolManager<FakeConnection>
}

function given({ pool, ...options }: PoolManagerOptions<FakeConnection> = {}, delayMs?: number): World {
  const clock = new FakeClock()
  const dialer = new FakeDialer({ clock, ...(delayMs !== undefined && { delayMs }) })
  const manager = new PoolManager<FakeConnection>({
    ...options,
    pool: { dial: dialer.dial, clock, random: () => 0, ...pool },
  })
  return { clock, dialer, manager }
}

/** What became of a promise so far. */
function watch(promise: Promise<unknown>): { state: unknown } {
  const seen: { state: unknown } = { state: 'waiting' }
  promise.then(
    () => (seen.state = 'done'),
    (error: unknown) => (seen.state = error instanceof Error && 'code' in error ? error.code : error),
  )
  return seen
}

async function useOnce({ clock, manager }: World, endpoint: EndpointLike): Promise<void> {
  const use = manager.use(endpoint, () => undefined)
  await clock.settle()
  await use
}

/** Has a connection lent in the turn in which it was released: the one case that no pool makes a word about. */
async function takeAgain({ clock, manager }: World, endpoint: EndpointLike): Promise<Lease<FakeConnection>> {
  const acquired = manager.acquire(endpoint)
  await clock.settle()
  const lease = await acquired
  lease.release()
  const again = manager.pool(endpoint).tryAcquire()
  if (again === undefined) throw new Error('there was nothing to lend')
  return again
}

const endpointsOf = ({ manager }: World): string[] => manager.stats().pools.map(({ endpoint }) => endpoint)

const refusedWith = (code: string, message: string | RegExp): unknown => {
  const said: unknown = typeof message === 'string' ? message : expect.stringMatching(message)
  return expect.objectContaining({ code, message: said })
}

describe('the pool of an endpoint', () => {
  test.each<[EndpointLike, EndpointLike]>([
    ['h:1', 'tcp://H:1'],
    ['h:1', { host: 'h', port: 1 }],
    ['tls://h:1', { host: 'H', port: 1, tls: true }],
    ['tls://h:1', { host: 'h', port: 1, tls: {} }],
    ['unix:/run/x', { path: '/run/x' }],
    [
      { host: 'h', port: 1, tls: { servername: 'a' } },
      { host: 'h', port: 1, tls: { servername: 'a' } },
    ],
  ])('is one, however it is written: %o and %o', (one, other) => {
    const { manager } = given()

    expect(manager.pool(one)).toBe(manager.pool(other))
  })

  test.each<[EndpointLike, EndpointLike]>([
    ['h:1', 'h:2'],
    ['h:1', 'tls://h:1'],
    ['unix:/run/x', { path: '/run/x', tls: true }],
    ['tls://h:1', { host: 'h', port: 1, tls: { servername: 'a' } }],
    [
      { host: 'h', port: 1, tls: { servername: 'a' } },
      { host: 'h', port: 1, tls: { servername: 'b' } },
    ],
  ])('is another one for another endpoint: %o and %o', (one, other) => {
    const { manager } = given()

    expect(manager.pool(one)).not.toBe(manager.pool(other))
  })

  test('is the one of its options as they were, though the object is changed and used again', () => {
    const { manager } = given()
    const tls = { servername: 'a', session: Buffer.from('one') }
    const endpoint: EndpointObject = { host: 'h', port: 1, tls }
    const first = manager.pool(endpoint)

    tls.session.fill('x')
    const second = manager.pool(endpoint)

    expect(second).not.toBe(first)
    expect(manager.pool({ host: 'h', port: 1, tls: { servername: 'a', session: Buffer.from('one') } })).toBe(first)
  })

  test('is what its dials are told of', async () => {
    const world = given()
    const tls = { session: Buffer.from('one') }
    const lease = world.manager.acquire({ host: 'h', port: 1, tls })
    tls.session.fill('x')
    await world.clock.settle()
    await lease

    expect(world.dialer.dials[0]?.context.endpoint).toEqual({
      host: 'h',
      port: 1,
      tls: { session: Buffer.from('one') },
    })
  })

  test('lives in the async context of the manager, not in that of who first asked for it', async () => {
    const context = new AsyncLocalStorage<string>()
    const seen: unknown[] = []
    const manager = context.run('manager', () => {
      const dial = (): object => {
        seen.push(context.getStore())
        return {}
      }
      return new PoolManager<object>({ pool: { dial } })
    })

    await context.run('caller', () => manager.use('a:1', () => seen.push(context.getStore())))

    expect(seen).toEqual(['manager', 'caller'])
    await manager.close()
  })

  test('is dialed as it was told apart, though the object answers otherwise the second time', async () => {
    const world = given()
    let reads = 0
    const endpoint = {
      host: 'h',
      get port(): number {
        return ++reads
      },
    }

    const lease = world.manager.acquire(endpoint)
    await world.clock.settle()
    await lease

    expect(endpointsOf(world)).toEqual(['h:1'])
    expect(world.dialer.dials[0]?.context.endpoint).toEqual({ host: 'h', port: 1 })
  })

  test('is made once by two who ask at the same time', async () => {
    const world = given({ pool: { maxSize: 1 } })

    const leases = [world.manager.acquire('h:1'), world.manager.acquire('H:1')]
    await world.clock.settle()

    expect(world.manager.stats()).toMatchObject({ made: 1, leased: 1, waiting: 1 })
    ;(await leases[0])?.release()
    ;(await leases[1])?.release()
  })

  test('is made anew when somebody has closed it', async () => {
    const world = given()
    const pool = world.manager.pool('h:1')
    await useOnce(world, 'h:1')

    const closed = pool.close()
    await world.clock.settle()
    await closed
    await useOnce(world, 'h:1')

    expect(world.manager.pool('h:1')).not.toBe(pool)
    expect(world.manager.stats()).toMatchObject({ made: 2, total: 1 })
  })

  test('has the options that are given for all', () => {
    const { manager } = given({ pool: { maxSize: 3, minSize: 1, breaker: false, backoff: { baseMs: 5 } } })

    expect(manager.pool('h:1').stats()).toMatchObject({ maxSize: 3, minSize: 1 })
  })

  test('has them as they were, though the object is changed later', async () => {
    const clock = new FakeClock()
    const dialer = new FakeDialer({ clock })
    const breaker = { failureThreshold: 1 }
    const manager = new PoolManager<FakeConnection>({ pool: { dial: dialer.dial, clock, breaker } })
    breaker.failureThreshold = 100
    dialer.failNext(1)

    const seen = watch(manager.acquire('h:1'))
    await clock.settle()

    expect(seen.state).toBe('DIAL_FAILED')
  })
})

describe('a pool that nobody uses', () => {
  test('is dropped after idlePoolMs, and leaves nothing', async () => {
    const world = given({ idlePoolMs: 1_000 })
    await useOnce(world, 'h:1')

    await world.clock.advance(999)
    const before = world.manager.stats()
    await world.clock.advance(1)

    expect(before.pools).toHaveLength(1)
    expect(world.manager.stats()).toMatchObject({ pools: [], total: 0, closing: 0, made: 1, dropped: 1 })
    expect(world.dialer.openCount).toBe(0)
    expect(world.clock.pendingCount).toBe(0)
  })

  test('is dropped though it was never used', async () => {
    const world = given({ idlePoolMs: 1_000 })
    world.manager.pool('h:1')

    await world.clock.advance(1_000)

    expect(endpointsOf(world)).toEqual([])
  })

  test('is kept from its last use on, even if that took no time and went past the manager', async () => {
    const world = given({ idlePoolMs: 1_000 })
    const pool = world.manager.pool('h:1')
    await useOnce(world, 'h:1')
    await world.clock.advance(600)
    const lease = pool.tryAcquire()
    lease?.release()

    await world.clock.advance(999)
    const before = endpointsOf(world)
    await world.clock.advance(1)

    expect(lease).toBeDefined()
    expect(before).toEqual(['h:1'])
    expect(endpointsOf(world)).toEqual([])
  })

  test('is not one in which somebody has a connection', async () => {
    const world = given({ idlePoolMs: 1_000 })
    const acquired = world.manager.acquire('h:1')
    await world.clock.settle()
    const lease = await acquired

    await world.clock.advance(10_000)
    const whileLeased = endpointsOf(world)
    lease.release()
    await world.clock.advance(999)
    const before = endpointsOf(world)
    await world.clock.advance(1)

    expect([whileLeased, before, endpointsOf(world)]).toEqual([['h:1'], ['h:1'], []])
  })

  test('is not one in which somebody has a connection that was lent past the manager', async () => {
    const world = given({ idlePoolMs: 1_000 })
    await useOnce(world, 'h:1')
    const lease = world.manager.pool('h:1').tryAcquire()

    await world.clock.advance(10_000)

    expect(lease).toBeDefined()
    expect(endpointsOf(world)).toEqual(['h:1'])
    lease?.release()
  })

  test('is not one in which somebody has a connection that he took in the turn in which it came back', async () => {
    const world = given({ idlePoolMs: 1_000 })
    const again = await takeAgain(world, 'h:1')

    await world.clock.advance(10_800)
    const whileLeased = endpointsOf(world)
    again.release()
    await world.clock.advance(999)
    const before = endpointsOf(world)
    await world.clock.advance(1)

    expect([whileLeased, before, endpointsOf(world)]).toEqual([['h:1'], ['h:1'], []])
  })

  test('is kept from the end of such a lease on, though it was never looked at meanwhile', async () => {
    const world = given({ idlePoolMs: 1_000 })
    const again = await takeAgain(world, 'h:1')

    await world.clock.advance(800)
    again.release()
    await world.clock.advance(999)

    expect(endpointsOf(world)).toEqual(['h:1'])
  })

  test('is not one in which somebody waits', async () => {
    const world = given({ idlePoolMs: 1_000 })
    world.dialer.hangNext(100)
    const seen = watch(world.manager.acquire('h:1', { timeoutMs: 3_000 }))

    await world.clock.advance(2_999)
    const whileWaiting = endpointsOf(world)
    await world.clock.advance(10_000)

    expect(whileWaiting).toEqual(['h:1'])
    expect(seen.state).toBe('ACQUIRE_TIMEOUT')
    expect(endpointsOf(world)).toEqual([])
  })

  test('is dropped alone; others stay', async () => {
    const world = given({ idlePoolMs: 1_000 })
    await useOnce(world, 'a:1')
    await world.clock.advance(500)
    await useOnce(world, 'b:1')

    await world.clock.advance(500)
    const first = endpointsOf(world)
    await world.clock.advance(500)

    expect(first).toEqual(['b:1'])
    expect(endpointsOf(world)).toEqual([])
  })

  test('is never dropped with idlePoolMs Infinity', async () => {
    const world = given({ idlePoolMs: Infinity })
    await useOnce(world, 'h:1')

    await world.clock.advance(86_400_000)

    expect(endpointsOf(world)).toEqual(['h:1'])
  })

  test('answers POOL_CLOSED to who still holds it, and never to who asks the manager', async () => {
    const world = given({ idlePoolMs: 1_000 })
    const pool = world.manager.pool('h:1')
    await world.clock.advance(1_000)

    const late = watch(pool.acquire())
    const asked = watch(world.manager.use('h:1', () => undefined))
    await world.clock.settle()

    expect([late.state, asked.state]).toEqual(['POOL_CLOSED', 'done'])
  })

  test('is never dropped under the hands of who asks the manager at that very moment', async () => {
    for (const offset of [-1, 0, 1]) {
      const world = given({ idlePoolMs: 1_000 })
      await useOnce(world, 'h:1')
      const seen: { state: unknown }[] = []
      world.clock.wakeAt(1_000 + offset, () => seen.push(watch(world.manager.use('h:1', () => undefined))))
      await world.clock.advance(1_010)

      expect(seen.map(({ state }) => state)).toEqual(['done'])
    }
  })
})

describe('when there are maxPools', () => {
  test('the longest idle one is dropped for the next', async () => {
    const world = given({ maxPools: 2 })
    await useOnce(world, 'a:1')
    await world.clock.advance(10)
    await useOnce(world, 'b:1')
    await world.clock.advance(10)
    await useOnce(world, 'a:1')

    await world.clock.advance(10)
    await useOnce(world, 'c:1')

    expect(endpointsOf(world)).toEqual(['a:1', 'c:1'])
    expect(world.manager.stats()).toMatchObject({ made: 3, dropped: 1, maxPools: 2 })
  })

  test('and none is idle, who asks for another is refused, and nothing is lost', async () => {
    const world = given({ maxPools: 2 })
    const leases = [world.manager.acquire('a:1'), world.manager.acquire('b:1')]
    await world.clock.settle()
    const message = 'No pool for c:1: maxPools is 2, and none of the others is idle'

    await expect(world.manager.acquire('c:1')).rejects.toEqual(refusedWith('QUEUE_FULL', message))
    await expect(world.manager.use('c:1', () => undefined)).rejects.toEqual(refusedWith('QUEUE_FULL', message))
    expect(() => world.manager.pool('c:1')).toThrow(refusedWith('QUEUE_FULL', message))
    expect(endpointsOf(world)).toEqual(['a:1', 'b:1'])

    ;(await leases[0])?.release()
    await useOnce(world, 'c:1')
    expect(endpointsOf(world)).toEqual(['b:1', 'c:1'])
  })

  test('one that is lent past the manager is not idle', async () => {
    const world = given({ maxPools: 1 })
    const lease = await takeAgain(world, 'a:1')

    await expect(world.manager.acquire('b:1')).rejects.toEqual(refusedWith('QUEUE_FULL', /maxPools is 1/))
    expect(lease.connection.destroyed).toBe(false)
  })

  test('none is dropped for an endpoint that is no good', async () => {
    const world = given({ maxPools: 1 })
    await useOnce(world, 'a:1')

    expect(refusalOf(() => world.manager.pool({ host: 'h', port: 1, tls: { cert: 'none' } }))).toMatch(/endpoint.tls/)
    expect(refusalOf(() => world.manager.pool('b'))).toMatch(/endpoint must have a port/)
    expect(endpointsOf(world)).toEqual(['a:1'])
  })
})

describe('a pool that follows one whose connections are not gone yet', () => {
  function givenSlowEnds(maxSize: number) {
    const gone: (() => void)[] = []
    const closeConnection = (): Promise<void> => new Promise((resolve) => gone.push(resolve))
    const world = given({ idlePoolMs: 1_000, pool: { maxSize, closeConnection, minSize: 0 } })
    return { world, endOne: () => gone.shift()?.() }
  }

  test('dials when they are: the endpoint never has more than maxSize', async () => {
    const { world, endOne } = givenSlowEnds(1)
    await useOnce(world, 'a:1')
    await world.clock.advance(1_000)

    const seen = watch(world.manager.use('a:1', () => undefined))
    await world.clock.settle()
    const before = { dials: world.dialer.dials.length, state: seen.state, ...world.manager.stats() }
    endOne()
    await world.clock.settle()

    expect(before).toMatchObject({ dials: 1, state: 'waiting', closing: 1, waiting: 1, dropped: 1 })
    expect([world.dialer.dials.length, seen.state]).toEqual([2, 'done'])
  })

  test('has what they leave of it', async () => {
    const { world, endOne } = givenSlowEnds(3)
    const held = [world.manager.acquire('a:1'), world.manager.acquire('a:1')]
    await world.clock.settle()
    void world.manager.pool('a:1').close({ graceMs: Infinity })

    const seen = [1, 2, 3].map(() => watch(world.manager.acquire('a:1')))
    await world.clock.settle()
    const dials = [world.dialer.dials.length]
    for (const lease of held) {
      ;(await lease).release()
      endOne()
      await world.clock.settle()
      dials.push(world.dialer.dials.length)
    }

    expect(dials).toEqual([3, 4, 5])
    expect(seen.map(({ state }) => state)).toEqual(['done', 'done', 'done'])
  })

  test('waits for all that came before it', async () => {
    const { world } = givenSlowEnds(2)
    for (let times = 0; times < 2; times++) {
      const lease = world.manager.acquire('a:1')
      await world.clock.settle()
      await lease
      void world.manager.pool('a:1').close({ graceMs: Infinity })
    }

    const seen = watch(world.manager.acquire('a:1', { timeoutMs: 500 }))
    await world.clock.advance(500)

    expect([world.dialer.dials.length, seen.state]).toEqual([2, 'ACQUIRE_TIMEOUT'])
  })

  test('leaves those of other endpoints alone', async () => {
    const { world } = givenSlowEnds(1)
    await useOnce(world, 'a:1')
    await world.clock.advance(1_000)

    await useOnce(world, 'b:1')

    expect(world.dialer.dials.length).toBe(2)
  })
})

describe('with maxTotal', () => {
  test('there are never more connections, and each pool gets its share', async () => {
    const world = given({ maxTotal: 4 })
    const held: Lease<FakeConnection>[] = []
    for (const endpoint of ['a:1', 'a:1', 'a:1', 'a:1']) {
      const lease = world.manager.acquire(endpoint)
      await world.clock.settle()
      held.push(await lease)
    }
    const waiting = [world.manager.acquire('b:1'), world.manager.acquire('b:1'), world.manager.acquire('a:1')]
    await world.clock.settle()
    const before = world.manager.stats()

    for (const lease of held.slice(0, 2)) lease.release()
    await world.clock.settle()

    expect(before).toMatchObject({ leased: 4, waiting: 3 })
    expect(world.manager.stats()).toMatchObject({ leased: 4, waiting: 1, maxTotal: 4 })
    expect(world.manager.pool('b:1').stats()).toMatchObject({ leased: 2, waiting: 0 })
    void waiting[2]?.catch(() => undefined)
    await Promise.all([world.manager.destroy(), world.clock.advance(5_000)])
  })

  test('idle connections of one are closed for another', async () => {
    const world = given({ maxTotal: 2 })
    const leases = [world.manager.acquire('a:1'), world.manager.acquire('a:1')]
    await world.clock.settle()
    for (const lease of leases) (await lease).release()

    const other = world.manager.acquire('b:1')
    await world.clock.settle()

    expect((await other).info.endpoint).toBe('b:1')
    expect(world.manager.pool('a:1').stats()).toMatchObject({ idle: 1, closed: { shrunk: 1 } })
    expect(world.manager.pool('a:1').stats().maxSize).toBe(10)
  })

  test('who waits at a pool itself has a claim as well', async () => {
    const world = given({ maxTotal: 1 })
    const pool = world.manager.pool('b:1')
    await useOnce(world, 'a:1')

    const seen = watch(pool.use(() => undefined))
    await world.clock.settle()

    expect(seen.state).toBe('done')
  })

  test('connections of a dropped pool count until they are gone', async () => {
    const gone: (() => void)[] = []
    const world = given({
      maxTotal: 1,
      maxPools: 1,
      pool: { closeConnection: () => new Promise<void>((resolve) => gone.push(resolve)) },
    })
    await useOnce(world, 'a:1')

    const seen = watch(world.manager.use('b:1', () => undefined))
    await world.clock.settle()
    const before = { ...world.manager.stats(), state: seen.state }
    for (const resolve of gone) resolve()
    await world.clock.settle()

    expect(before).toMatchObject({ closing: 1, dialing: 0, waiting: 1, state: 'waiting' })
    expect(seen.state).toBe('done')
  })

  test('a dial that nobody waits for any more keeps nobody from his slot', async () => {
    const world = given({ maxTotal: 1 })
    world.dialer.hangNext(1)
    const cancel = new AbortController()
    const first = watch(world.manager.acquire('a:1', { signal: cancel.signal }))
    await world.clock.settle()
    const second = watch(world.manager.use('b:1', () => undefined))
    cancel.abort(new Error('left'))
    await world.clock.settle()

    world.dialer.succeed()
    await world.clock.settle()

    expect(first.state).toEqual(new Error('left'))
    expect(second.state).toBe('done')
  })

  test('an endpoint that is down keeps nothing from the others', async () => {
    const world = given({ maxTotal: 1, pool: { breaker: { failureThreshold: 1 } } })
    world.dialer.failNext(1)
    const down = watch(world.manager.acquire('a:1'))
    await world.clock.settle()

    await useOnce(world, 'b:1')

    expect(down.state).toBe('DIAL_FAILED')
    expect(world.manager.pool('b:1').stats().released).toBe(1)
  })

  test('an endpoint that is not to be dialed yet takes nothing from the others', async () => {
    const world = given({ maxTotal: 1, pool: { breaker: false, random: () => 0.5, backoff: { baseMs: 5_000 } } })
    world.dialer.failNext(1)
    const failing = watch(world.manager.acquire('a:1'))
    await world.clock.settle()
    const first = world.manager.acquire('b:1')
    const second = watch(world.manager.use('b:1', () => undefined))
    await world.clock.settle()

    ;(await first).release()
    await world.clock.settle()

    expect([failing.state, second.state]).toEqual(['waiting', 'done'])
    expect(world.manager.pool('b:1').stats()).toMatchObject({ dials: 1, idle: 1 })
  })

  test('in long lives the limit holds, everybody is answered, and nothing is left', async () => {
    for (let seed = 1; seed <= 25; seed++) {
      const random = new SeededRandom(seed)
      const maxTotal = random.whole(1, 5)
      const world = given({ maxTotal, maxPools: random.whole(2, 4), idlePoolMs: 500 }, 20)
      const { clock, dialer, manager } = world
      const held: Lease<FakeConnection>[] = []
      const states: { state: unknown }[] = []
      for (let step = 0; step < 120; step++) {
        const draw = random.next()
        if (draw < 0.45) {
          const lease = manager.acquire(`h:${random.whole(1, 5)}`, { timeoutMs: 20_000 })
          states.push(watch(lease))
          lease.then((lease) => held.push(lease)).catch(() => undefined)
        } else if (draw < 0.8) held.splice(random.whole(0, held.length), 1)[0]?.release()
        else if (draw < 0.85) held.splice(random.whole(0, held.length), 1)[0]?.discard()
        else if (draw < 0.88) dialer.failNext()
        await clock.advance(random.whole(0, 40))

        const { total, dialing, closing } = manager.stats()
        expect(total + dialing + closing, `seed ${seed}, step ${step}`).toBeLessThanOrEqual(maxTotal)
        expect(dialer.openCount + dialer.pending.length, `seed ${seed}, step ${step}`).toBeLessThanOrEqual(maxTotal)
      }
      for (let turn = 0; turn < 300; turn++) {
        for (const lease of held.splice(0)) lease.release()
        await clock.advance(50)
      }

      const outcomes = new Set(states.map(({ state }) => state))
      expect(
        [...outcomes].filter((state) => state !== 'done' && state !== 'QUEUE_FULL'),
        `seed ${seed}`,
      ).toEqual([])
      expect(manager.stats(), `seed ${seed}`).toMatchObject({ pools: [], total: 0, dialing: 0, closing: 0 })
      expect(clock.pendingCount, `seed ${seed}`).toBe(0)
    }
  })
})

describe('the end', () => {
  test('drains all pools at once and sums what became of them', async () => {
    const world = given({ pool: { maxSize: 1 } })
    const leases = [world.manager.acquire('a:1'), world.manager.acquire('b:1')]
    const refused = watch(world.manager.acquire('b:1'))
    await world.clock.settle()
    const [first, second] = await Promise.all(leases)

    const report = world.manager.close({ graceMs: 1_000 })
    await world.clock.advance(400)
    first?.release()
    await world.clock.advance(5_000)

    expect(await report).toEqual({ drained: 1, cut: 1, refused: 1, elapsedMs: 1_000 })
    expect(refused.state).toBe('POOL_CLOSED')
    expect(second?.signal.aborted).toBe(true)
    expect(world.clock.pendingCount).toBe(0)
  })

  test('is told to who comes later', async () => {
    const world = given()
    await world.manager.destroy(new Error('no more'))

    expect(() => world.manager.pool('a:1')).toThrow(refusedWith('POOL_CLOSED', 'The pool manager is closed: no more'))
    await expect(world.manager.acquire('a:1')).rejects.toEqual(refusedWith('POOL_CLOSED', /closed/))
    await expect(world.manager.use('a:1', () => undefined)).rejects.toEqual(refusedWith('POOL_CLOSED', /closed/))
  })

  test('may be hastened', async () => {
    const world = given()
    const acquired = world.manager.acquire('a:1')
    await world.clock.settle()
    const lease = await acquired
    const gently = watch(world.manager.close())
    await world.clock.settle()
    const before = gently.state

    const destroyed = world.manager.destroy(new Error('now'))
    await world.clock.settle()

    expect(before).toBe('waiting')
    expect(gently.state).toBe('done')
    expect(await destroyed).toMatchObject({ cut: 1 })
    expect(lease.signal.reason).toEqual(new Error('now'))
  })

  test('waits for the connections of dropped pools, too', async () => {
    const gone: (() => void)[] = []
    const world = given({
      maxPools: 1,
      pool: { closeConnection: () => new Promise<void>((resolve) => gone.push(resolve)) },
    })
    await useOnce(world, 'a:1')
    world.manager.pool('b:1')

    const seen = watch(world.manager.close())
    await world.clock.settle()
    const before = seen.state
    for (const resolve of gone) resolve()
    await world.clock.settle()

    expect([before, seen.state]).toEqual(['waiting', 'done'])
  })

  test('comes by itself at the end of a block, and leaves no timer', async () => {
    const world = given()
    await useOnce(world, 'a:1')

    const disposed = world.manager[Symbol.asyncDispose]()
    await world.clock.settle()
    await disposed

    expect(world.clock.pendingCount).toBe(0)
    expect(world.manager.stats().pools).toEqual([])
  })

  test('of a manager that has done nothing is nothing', async () => {
    expect(await new PoolManager().close()).toEqual({ drained: 0, cut: 0, refused: 0, elapsedMs: 0 })
  })

  test('is refused with a grace that is none, and then has not come', async () => {
    const world = given()

    await expect(world.manager.close({ graceMs: -1 })).rejects.toEqual(
      refusedWith('INVALID_OPTIONS', /^graceMs must be/),
    )
    await useOnce(world, 'a:1')
  })
})

describe('options', () => {
  const make = (options: unknown): unknown => new PoolManager(options as PoolManagerOptions)
  const countRule = 'a whole number, at least 1, or Infinity'

  test.each<[string, unknown, string]>([
    ['null', null, 'options must be an object; got null'],
    ['maxPools 0', { maxPools: 0 }, `maxPools must be ${countRule}; got 0`],
    ['maxTotal 1.5', { maxTotal: 1.5 }, `maxTotal must be ${countRule}; got 1.5`],
    [
      'idlePoolMs 0',
      { idlePoolMs: 0 },
      'idlePoolMs must be a duration in milliseconds, more than 0 and less than 2147483648 (2^31), or Infinity; got 0',
    ],
    ['an unknown one', { maxPool: 1 }, 'unknown option maxPool; did you mean maxPools?'],
    ['an endpoint', { pool: { endpoint: 'h:1' } }, 'pool.endpoint must be absent: each pool has its own'],
    ['a wrong one for all', { pool: { maxSize: 0 } }, 'pool.maxSize must be a whole number, at least 1; got 0'],
    ['an unknown one for all', { pool: { maxsize: 1 } }, 'unknown option pool.maxsize; did you mean pool.maxSize?'],
    [
      'two for all that contradict each other',
      { pool: { minSize: 11 } },
      'minSize must not exceed maxSize; got minSize 11 and maxSize 10 (the default)',
    ],
  ])('are refused: %s', (_what, options, message) => {
    expect(refusalOf(() => make(options))).toBe(message)
  })
})
