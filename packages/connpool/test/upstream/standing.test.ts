// Endpoints that fail those who use them are left out for a while; those that are back get their share little by little.
import { describe, expect, test } from 'vitest'

import { codeOf, givenUpstream, nameOf } from './given.ts'

type World = ReturnType<typeof givenUpstream>

/** So many leases of one endpoint are discarded for a reason, all others released. */
async function fail(world: World, name: string, times: number): Promise<void> {
  for (let failed = 0; failed < times;) {
    const lease = await world.lease()
    if (nameOf(lease) === name) {
      lease.discard(new Error('it failed me'))
      failed++
    } else {
      lease.release()
    }
  }
}

const shareOf = (homes: string, name: string): number => (homes.split(name).length - 1) / homes.length

describe('an endpoint that fails those who use it', () => {
  test('is ejected after consecutiveFailures, for baseEjectionMs', async () => {
    const world = givenUpstream(4, { slowStartMs: 0, outlier: { consecutiveFailures: 3, baseEjectionMs: 8_000 } })
    await fail(world, 'b', 3)
    const during = await world.homes(9)
    const state = world.stateOf('b')
    await world.clock.advance(8_000)

    expect([during, state]).toEqual([expect.stringMatching(/^[acd]{9}$/), 'ejected'])
    expect([world.stateOf('b'), shareOf(await world.homes(8), 'b')]).toEqual(['up', 0.25])
  })

  test('returns little by little', async () => {
    const world = givenUpstream(2, { slowStartMs: 10_000, outlier: { consecutiveFailures: 3, baseEjectionMs: 8_000 } })
    await fail(world, 'b', 3)
    await world.clock.advance(8_000)

    const soon = shareOf(await world.homes(30), 'b')
    await world.clock.advance(10_000)

    expect(soon).toBeLessThan(0.2)
    expect(shareOf(await world.homes(30), 'b')).toBeCloseTo(0.5, 1)
  })

  test('is never ejected with outlier: false', async () => {
    const world = givenUpstream(4, { outlier: false, pool: { breaker: false } })
    await fail(world, 'b', 20)

    expect(world.stateOf('b')).toBe('up')
  })

  test('is not ejected by callers who leave, nor by work that throws', async () => {
    const world = givenUpstream(2, { outlier: { consecutiveFailures: 3 } })
    for (let times = 0; times < 20; times++) {
      const abort = new AbortController()
      const waiting = world.upstream.acquire({ signal: abort.signal })
      waiting.catch(() => undefined)
      abort.abort('left')
      const thrown = world.upstream.use(() => Promise.reject(new Error('oops')))
      thrown.catch(() => undefined)
      await world.clock.advance(10)
    }

    expect([world.stateOf('a'), world.stateOf('b')]).toEqual(['up', 'up'])
  })

  test('is not ejected for its dials, which are the business of its breaker', async () => {
    const world = givenUpstream(2, { slowStartMs: 0, outlier: { consecutiveFailures: 3 } })
    world.server('b').mode = 'refusing'
    for (let times = 0; times < 30; times++) await world.homes(2)
    await world.clock.advance(3_000)
    await world.homes(4)
    const state = world.stateOf('b')
    world.server('b').mode = 'up'
    await world.clock.advance(12_000)

    expect([state, shareOf(await world.homes(8), 'b')]).toEqual(['down', 0.5])
  })

  test('is used all the same when too few are left: panic', async () => {
    const world = givenUpstream(4, {
      slowStartMs: 0,
      panicRatio: 0.75,
      outlier: { consecutiveFailures: 3, maxEjectionRatio: 1 },
    })
    await fail(world, 'b', 3)
    const one = await world.homes(8)
    await fail(world, 'c', 3)
    const two = await world.homes(8)

    expect(one).not.toMatch(/b/)
    expect(two).toMatch(/b/)
  })

  test('is tried rather than nobody when all others are down', async () => {
    const world = givenUpstream(2, { panicRatio: 0, outlier: { consecutiveFailures: 3, maxEjectionRatio: 1 } })
    await fail(world, 'b', 3)
    world.server('a').mode = 'refusing'
    for (const peer of world.server('a').open) peer.kill()

    expect(nameOf(await world.lease(undefined, 5_000))).toBe('b')
  })
})

describe('an endpoint whose breaker has closed again', () => {
  test('has been tried by one dial, and gets its share little by little', async () => {
    const world = givenUpstream(2, { slowStartMs: 10_000, outlier: false })
    world.server('b').mode = 'refusing'
    for (let times = 0; times < 30; times++) await world.homes(2)
    await world.clock.advance(3_000)
    await world.homes(4)
    expect(world.stateOf('b')).toBe('down')
    world.server('b').mode = 'up'
    await world.clock.advance(60_000)
    const before = world.server('b').dials

    const burst = Array.from({ length: 20 }, () => world.upstream.acquire())
    await world.clock.settle()
    const dialing = world.server('b').dials - before
    await world.clock.advance(200)
    for (const lease of await Promise.all(burst)) lease.release()
    const soon = shareOf(await world.homes(30), 'b')

    expect(dialing).toBe(1)
    expect(soon).toBeLessThan(0.2)
    await world.clock.advance(10_000)
    expect(shareOf(await world.homes(30), 'b')).toBeCloseTo(0.5, 1)
  })
})

describe('an endpoint whose breaker is isolated', () => {
  test('gets no callers, loses those who wait for it, and is used again after', async () => {
    const world = givenUpstream(2, { slowStartMs: 0, pool: { maxSize: 1 } })
    const held = [await world.lease(), await world.lease()]
    const waiting = [world.upstream.acquire(), world.upstream.acquire()]

    const isolation = world.upstream.breaker('b:1')?.isolate()
    for (const lease of held) lease.discard()
    await world.clock.advance(100)
    const first = await waiting[0]
    const during = [first?.info.endpoint, world.server('b').dials, world.upstream.stats().waiting]
    isolation?.dispose()
    await world.clock.advance(100)

    expect(during).toEqual(['a:1', 1, 1])
    expect((await waiting[1])?.info.endpoint).toBe('b:1')
  })

  test('has no breaker to isolate when it is not there', () => {
    const world = givenUpstream(1)

    expect(world.upstream.breaker('z:1')).toBeUndefined()
    expect(() => world.upstream.breaker('nowhere')).toThrow(expect.objectContaining({ code: 'INVALID_OPTIONS' }))
  })
})

describe('minSize at every endpoint', () => {
  test('is restored when all of them come back at once, by one dial each, then by two', async () => {
    const world = givenUpstream(3, { outlier: false, pool: { minSize: 8, maxSize: 8 } })
    await world.clock.advance(1_000)
    const names = ['a', 'b', 'c']
    const before = names.map((name) => world.server(name).open.size)
    for (const name of names) {
      world.server(name).mode = 'refusing'
      for (const peer of world.server(name).open) peer.kill()
    }
    await world.clock.advance(60_000)
    for (const name of names) {
      world.server(name).mode = 'up'
      world.server(name).dialMs = 10
      world.server(name).mostDialing = 0
    }

    const ramps: number[] = []
    for (let step = 0; step < 12_000 && world.server('a').open.size < 8; step++) {
      await world.clock.advance(10)
      const { mostDialing } = world.server('a')
      if (mostDialing > (ramps.at(-1) ?? 0)) ramps.push(mostDialing)
    }
    await world.clock.advance(60_000)

    expect(before).toEqual([8, 8, 8])
    expect(ramps).toEqual([1, 2])
    expect(names.map((name) => world.server(name).open.size)).toEqual([8, 8, 8])
  })
})

describe('nestedAcquire', () => {
  test('is told of an upstream as of a pool', async () => {
    const world = givenUpstream(2, { maxSize: 1, pool: { nestedAcquire: 'error' } })

    const code = world.upstream.use(() => codeOf(world.upstream.acquire()))
    await world.clock.advance(10)

    expect(await code).toBe('NESTED_ACQUIRE')
  })

  test('is silent where another endpoint has room', async () => {
    const world = givenUpstream(2, { pool: { nestedAcquire: 'error', maxSize: 1 } })

    const code = world.upstream.use(() => codeOf(world.upstream.acquire()))
    await world.clock.advance(10)

    expect(await code).toBe('served')
  })
})
