// What is thrown in the middle of a decision, by a bug of ours or a function that was given, stops the upstream: one that
// has lost count must not lend. Nobody is left waiting, and nothing is thrown at who has called.
import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { Discovery, DiscoveryListener, PoolError } from 'connpool'

import { Escapes } from '../fixtures/escapes.ts'
import { givenUpstream, type Options } from './given.ts'

const broken = new Error('no luck')

function given(options: Options = {}) {
  let isBroken = false
  const random = (): number => {
    if (isBroken) throw broken
    return 0.5
  }
  const world = givenUpstream(3, { balance: 'two-choices', ...options, pool: { random, ...options.pool } })
  const escapes = Escapes.collect()
  return { world, upstream: world.upstream, escapes, breakIt: () => (isBroken = true) }
}

async function refusalOf(acquire: Promise<unknown>): Promise<PoolError> {
  return await acquire.then(
    () => {
      throw new Error('it was served')
    },
    (error: unknown) => error as PoolError,
  )
}

const refused = expect.objectContaining({ code: 'POOL_CLOSED', cause: broken }) as unknown

describe.each<[string, Parameters<ReturnType<typeof givenUpstream>['upstream']['acquire']>[0]]>([
  ['a caller', undefined],
  ['a caller with options', { timeoutMs: 1_000 }],
  ['a caller who cannot wait', { timeoutMs: 0 }],
])('when the pick for %s throws', (_, options) => {
  test('the promise rejects, and so do those of all who come later', async () => {
    const { world, upstream, escapes, breakIt } = given()
    await world.homes(3)
    breakIt()

    const refusals = [refusalOf(upstream.acquire(options)), refusalOf(upstream.acquire(options))]
    await world.clock.settle()
    await setImmediate()

    expect(await Promise.all(refusals)).toEqual([refused, refused])
    expect(() => upstream.tryAcquire()).toThrow(refused)
    expect(escapes.warnings.map(({ code }) => code)).toEqual(['CONNPOOL_BUG'])
    expect(escapes.errors).toEqual([])
  })

  test('what was lent is taken back, and nothing is left', async () => {
    const { world, upstream, breakIt } = given()
    const held = await world.lease()
    breakIt()
    upstream.acquire(options).catch(() => undefined)
    await world.clock.settle()

    const report = await upstream.close()

    expect(held.signal.reason).toBe(broken)
    expect(report).toMatchObject({ cut: 1 })
    expect([upstream.stats().total, world.clock.pendingCount]).toEqual([0, 0])
  })
})

test('those who wait already are refused when the pick for another throws', async () => {
  const { world, upstream, breakIt } = given({ pool: { maxSize: 1 } })
  for (let times = 0; times < 3; times++) await world.lease()
  const waiting = [refusalOf(upstream.acquire()), refusalOf(upstream.acquire({ timeoutMs: Infinity }))]
  await world.clock.settle()
  breakIt()

  waiting.push(refusalOf(upstream.acquire()))
  await world.clock.settle()

  expect(await Promise.all(waiting)).toEqual([refused, refused, refused])
  expect(upstream.stats()).toMatchObject({ waiting: 0, total: 0 })
})

test('who ends a lease is thrown nothing when its failure cannot be judged', async () => {
  const { world, upstream, breakIt } = given()
  const held = await world.lease()
  breakIt()

  held.discard(new Error('it failed me'))
  const late = refusalOf(upstream.acquire())
  await world.clock.settle()

  expect(await late).toEqual(refused)
})

test('those who wait for endpoints are refused when the first pick throws', async () => {
  const told: DiscoveryListener[] = []
  const endpoints: Discovery = {
    watch: (listener) => {
      told.push(listener)
      return { [Symbol.dispose]: () => undefined }
    },
  }
  const { world, upstream, escapes, breakIt } = given({ endpoints })
  const waiting = refusalOf(upstream.acquire())
  await world.clock.settle()
  breakIt()

  told[0]?.endpoints(['a:1', 'b:1'])
  await world.clock.settle()

  expect(await waiting).toEqual(refused)
  expect(escapes.errors).toEqual([])
  expect(await refusalOf(upstream.ready())).toEqual(refused)
})

describe('when the pool of one endpoint stops for a bug', () => {
  function givenPools(options: Options = {}) {
    let isBroken = false
    const random = (): number => {
      if (!isBroken) return 0.5
      isBroken = false
      throw broken
    }
    const world = givenUpstream(2, { ...options, pool: { random } })
    const escapes = Escapes.collect()
    /** A connection of its is lost, which takes a random number. */
    const stop = (name: string): void => {
      isBroken = true
      const [peer] = world.server(name).open
      peer?.kill()
    }
    return { world, upstream: world.upstream, escapes, stop }
  }

  test('it is down for good, and callers are given to the others', async () => {
    const { world, escapes, stop } = givenPools()
    await world.homes(2)
    stop('a')

    const homes = await world.homes(5)
    await world.clock.advance(600_000)
    await setImmediate()

    expect(homes).toBe('bbbbb')
    expect([world.stateOf('a'), world.stateOf('b')]).toEqual(['down', 'up'])
    expect(await world.homes(3)).toBe('bbb')
    expect(escapes.warnings.map(({ code }) => code)).toEqual(['CONNPOOL_BUG'])
  })

  test('those who wait for it are served by others', async () => {
    const { world, upstream, stop } = givenPools()
    const held = [await world.lease(), await world.lease()]
    world.server('a').mode = 'hanging'
    const waiting = upstream.acquire()
    await world.clock.advance(1)
    stop('a')

    await world.clock.advance(5) // sooner than for want of patience

    expect(held.map(({ info }) => info.endpoint)).toEqual(['a:1', 'b:1'])
    expect((await waiting).info.endpoint).toBe('b:1')
  })

  test('what it had is closed, and its slots are for the others', async () => {
    const { world, upstream, stop } = givenPools({ maxSize: 3 })
    const leases = [await world.lease(), await world.lease(), await world.lease()]
    for (const lease of leases) lease.release()
    await world.clock.advance(10)
    const before = world.server('a').count
    stop('a')
    await world.clock.advance(10)

    const homes = [await world.lease(), await world.lease(), await world.lease()].map(({ info }) => info.endpoint)

    expect(before).toBe(2)
    expect(homes).toEqual(['b:1', 'b:1', 'b:1'])
    expect([world.server('a').count, upstream.stats().total]).toEqual([0, 3])
  })

  test('and then those of all others, callers are told why', async () => {
    const { world, upstream, stop } = givenPools()
    await world.homes(2)

    stop('a')
    stop('b')
    await world.clock.settle()

    expect(await refusalOf(upstream.acquire())).toEqual(refused)
    expect(upstream.tryAcquire()).toBeUndefined()
  })
})
