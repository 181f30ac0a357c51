// Where a caller is served, and what happens when its endpoint has nothing for it.
import { describe, expect, test } from 'vitest'
import type { BalancedEndpoint } from 'connpool'

import { Escapes } from '../fixtures/escapes.ts'
import { codeOf, givenUpstream, nameOf } from './given.ts'

describe('a caller', () => {
  test('is served by the endpoint that the policy picks, though another has an idle connection', async () => {
    const world = givenUpstream(3)

    expect(await world.homes(6)).toBe('abcabc')
    expect(world.upstream.stats().total).toBe(3)
  })

  test('takes what is idle elsewhere when the dial takes longer than 50 ms', async () => {
    const world = givenUpstream(2)
    const first = await world.lease()
    first.release()
    world.server('b').mode = 'hanging'

    const waiting = world.upstream.acquire()
    await world.clock.advance(49)
    const before = world.upstream.stats().waiting
    await world.clock.advance(1)

    expect(before).toBe(1)
    expect(nameOf(await waiting)).toBe('a')
  })

  test('is dialed for elsewhere when its endpoint swallows the dial and no other is idle', async () => {
    const world = givenUpstream(2)
    await world.lease()
    world.server('b').mode = 'hanging'

    const waiting = world.upstream.acquire()
    await world.clock.advance(52)

    expect(nameOf(await waiting)).toBe('a')
  })

  test('is not passed over when others before it are served elsewhere in the same moment', async () => {
    let target = 'a:1'
    const pick = (endpoints: readonly BalancedEndpoint[]): BalancedEndpoint =>
      endpoints.find(({ endpoint }) => endpoint === target) ?? (endpoints[0] as BalancedEndpoint)
    const world = givenUpstream(2, { balance: { pick } })
    const held = [await world.lease(), await world.lease(), await world.lease()]
    for (const lease of held) lease.release()
    world.server('b').mode = 'hanging'
    target = 'b:1'

    const waiting = [world.upstream.acquire(), world.upstream.acquire(), world.upstream.acquire()]
    await world.clock.advance(50)

    expect(world.upstream.stats().waiting).toBe(0)
    expect((await Promise.all(waiting)).map((lease) => nameOf(lease))).toEqual(['a', 'a', 'a'])
  })

  test('goes elsewhere at once when the dial is refused', async () => {
    const world = givenUpstream(3)
    world.server('a').mode = 'refusing'

    const lease = await world.lease(undefined, 2)

    expect(nameOf(lease)).toBe('b')
    expect(world.stateOf('a')).toBe('resting')
  })

  test('is served by what comes free first, at whatever endpoint', async () => {
    const world = givenUpstream(2, { pool: { maxSize: 1 } })
    const leases = [await world.lease(), await world.lease()]
    const waiting = world.upstream.acquire()

    leases[1]?.release()

    expect(nameOf(await waiting)).toBe('b')
  })

  test('who has waited longest is first, at whatever endpoint a connection comes free', async () => {
    const world = givenUpstream(2, { pool: { maxSize: 1 } })
    const leases = [await world.lease(), await world.lease()]
    const served: string[] = []
    for (const caller of ['1', '2', '3', '4']) {
      void world.upstream.acquire().then((lease) => {
        served.push(caller + nameOf(lease))
        lease.release()
      })
    }

    leases[1]?.release()
    await world.clock.settle()

    expect(served).toEqual(['1b', '2b', '3b', '4b'])
  })

  test('is told the cause when all endpoints refuse', async () => {
    const world = givenUpstream(2)
    for (const name of ['a', 'b']) world.server(name).mode = 'refusing'

    const first = codeOf(world.upstream.acquire())
    await world.clock.advance(5_000)
    const later = await world.upstream.acquire().catch((error: unknown) => error)

    expect(await first).toBe('DIAL_FAILED')
    expect(later).toMatchObject({
      code: 'CIRCUIT_OPEN',
      cause: { message: expect.stringMatching(/refuses/) as string },
    })
    expect((later as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(0)
  })

  test('is served again when one endpoint is back', async () => {
    const world = givenUpstream(2)
    for (const name of ['a', 'b']) world.server(name).mode = 'refusing'
    void codeOf(world.upstream.acquire())
    await world.clock.advance(5_000)
    world.server('b').mode = 'up'
    await world.clock.advance(15_000)

    expect(nameOf(await world.lease())).toBe('b')
  })
})

describe('maxSize over all', () => {
  test('is kept while callers wait for several endpoints', async () => {
    const world = givenUpstream(3, { maxSize: 2 })
    const acquires = Array.from({ length: 6 }, () => world.upstream.acquire({ timeoutMs: 100 }))
    const codes = Promise.all(acquires.map((acquire) => codeOf(acquire)))
    await world.clock.advance(100)

    expect((await codes).filter((code) => code === 'served').length).toBe(2)
    expect(world.upstream.stats()).toMatchObject({ total: 2, maxSize: 2 })
  })

  test('lets a caller take what is idle elsewhere at once when no slot is left', async () => {
    const world = givenUpstream(3, { maxSize: 1 })
    const first = await world.lease()
    first.release()

    const lease = world.upstream.tryAcquire() ?? (await world.lease(undefined, 0))

    expect(nameOf(lease)).toBe('a')
  })

  test('gives a slot to an endpoint that has less than its share, one at a time', async () => {
    const world = givenUpstream(2, { maxSize: 4 })
    world.server('b').mode = 'refusing'
    const leases = [await world.lease(), await world.lease(), await world.lease(), await world.lease()]
    for (const lease of leases) lease.release()
    const before = leases.map((lease) => lease.info.endpoint)
    world.server('b').mode = 'up'
    await world.clock.advance(30_000)

    const homes = await world.homes(20)
    const sizes = world.upstream.stats().endpoints.map(({ total }) => total)

    expect(new Set(before)).toEqual(new Set(['a:1']))
    expect(homes).toMatch(/b/)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(4)
    expect(sizes[1]).toBeGreaterThan(0)
  })

  // Its slots count those that are closing, its surplus does not: the one that is closing is the one it gives up.
  test.each([
    ['idles', true],
    ['is leased until then', false],
  ])(
    'an endpoint that closes a connection gives up no other for one that has none, if what else it has %s',
    async (_, idles) => {
      const { world, leases, keyOfB } = await givenFourOnA()
      const [doomed, ...others] = leases
      world.server('a').closeMs = 20
      if (idles) for (const lease of others) lease.release()
      doomed?.discard()

      const waiting = world.upstream.acquire({ affinityKey: keyOfB })
      for (const lease of idles ? [] : others) lease.release()
      await world.clock.advance(100)

      expect(nameOf(await waiting)).toBe('b')
      expect(world.upstream.stats()).toMatchObject({ dials: 5, closed: { discarded: 1, shrunk: 0 } })
      expect([world.server('a').count, world.server('b').count]).toEqual([3, 1])
    },
  )

  test('an endpoint that closes none gives up one for one that has none', async () => {
    const { world, leases, keyOfB } = await givenFourOnA()
    const waiting = world.upstream.acquire({ affinityKey: keyOfB })

    for (const lease of leases) lease.release()
    await world.clock.advance(100)

    expect(nameOf(await waiting)).toBe('b')
    expect(world.upstream.stats()).toMatchObject({ dials: 5, closed: { shrunk: 1 } })
  })

  test('an endpoint gives up one connection for a dial, however long that takes', async () => {
    const { world, leases, pickB } = await givenFourOnA()
    world.server('b').dialMs = 1_000
    pickB()
    const waiting = world.upstream.acquire()
    leases[0]?.discard()
    await world.clock.advance(200)

    leases[1]?.release()
    await world.clock.advance(10)

    expect(nameOf(await waiting)).toBe('a')
    expect(world.upstream.stats()).toMatchObject({ dialing: 1, leased: 3, closed: { discarded: 1, shrunk: 0 } })
  })

  test('an endpoint gives up none for a caller whom a dial under way will serve', async () => {
    const { world, leases, pickB } = await givenFourOnA()
    world.server('b').dialMs = 1_000
    pickB()
    const abort = new AbortController()
    const left = codeOf(world.upstream.acquire({ signal: abort.signal }))
    leases[0]?.discard()
    await world.clock.advance(10)
    abort.abort()
    await left
    const waiting = world.upstream.acquire()

    leases[1]?.release()
    await world.clock.advance(10)

    expect(nameOf(await waiting)).toBe('a')
    expect(world.upstream.stats()).toMatchObject({ dialing: 1, leased: 3, closed: { discarded: 1, shrunk: 0 } })
  })

  test('a slot that a closed connection leaves goes to who waits elsewhere', async () => {
    const world = givenUpstream(2, { maxSize: 1 })
    const held = await world.lease()
    const waiting = world.upstream.acquire()

    held.discard()
    await world.clock.advance(10)

    expect(['a', 'b']).toContain(nameOf(await waiting))
  })
})

describe('tryAcquire', () => {
  test('lends what is idle at another endpoint than the picked one', async () => {
    const world = givenUpstream(3)
    const lease = await world.lease()
    lease.release()

    expect(world.upstream.tryAcquire()?.info.endpoint).toBe('a:1')
    expect(world.upstream.tryAcquire()).toBeUndefined()
  })
})

describe('an endpoint at its own limit', () => {
  test('sends callers to one that can still open a connection', async () => {
    const world = givenUpstream(2, { pool: { maxSize: 2 }, balance: { pick: ([first]) => first as never } })

    const leases = [await world.lease(), await world.lease(), await world.lease()]

    expect(leases.map((lease) => nameOf(lease)).join('')).toBe('aab')
  })
})

describe('a balancer of the user', () => {
  test('decides', async () => {
    const world = givenUpstream(3, { balance: { pick: (endpoints) => endpoints.at(-1) as never } })

    expect(await world.homes(3)).toBe('ccc')
  })

  test('is told the load of each endpoint: leases, and callers who wait for it', async () => {
    const loads: string[] = []
    const pick = (endpoints: readonly BalancedEndpoint[]): BalancedEndpoint => {
      loads.push(endpoints.map(({ load }) => load).join(','))
      return endpoints[0] as BalancedEndpoint
    }
    const world = givenUpstream(2, { balance: { pick } })

    const acquires = [world.upstream.acquire(), world.upstream.acquire()]
    await world.clock.advance(10)
    const leases = [...(await Promise.all(acquires)), await world.lease()]
    leases[0]?.release()
    leases[1]?.release()
    for (let times = 0; times < 3; times++) world.upstream.tryAcquire()?.release()

    expect(loads).toEqual(['0,0', '1,0', '2,0', '1,0', '1,0', '1,0'])
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('oops')
      },
    ],
    ['answers something else', () => ({ endpoint: 'z:1' }) as never],
    ['answers nothing', () => undefined as never],
  ])('that %s is reported once and costs nobody a connection', async (_, pick) => {
    const escapes = Escapes.collect()
    const world = givenUpstream(3, { balance: { pick } })

    const homes = await world.homes(3)

    expect(homes).toMatch(/^[abc]{3}$/)
    expect(escapes.warnings.map((warning) => 'code' in warning && warning.code)).toEqual(['CONNPOOL_BALANCER'])
  })
})

describe('a caller whose time is up', () => {
  test('is not served by what comes free in the same moment', async () => {
    const world = givenUpstream(2, { maxSize: 1 })
    const held = await world.lease()
    const code = codeOf(world.upstream.acquire({ timeoutMs: 50 }))
    const later = world.upstream.acquire({ timeoutMs: 500 })
    world.clock.jump(50)

    held.release()
    await world.clock.advance(1)

    expect(await code).toBe('ACQUIRE_TIMEOUT')
    expect((await later).info.uses).toBe(2)
  })
})

/** All slots of an upstream of two are leases of `a`, where callers are sent; `keyOfB` can be served by `b` only. */
async function givenFourOnA() {
  const keyOfB = await keyServedBy('b')
  let place = 0
  const world = givenUpstream(2, { maxSize: 4, balance: { pick: (endpoints) => endpoints[place] as never } })
  const leases = [await world.lease(), await world.lease(), await world.lease(), await world.lease()]
  const pickB = (): void => {
    place = 1
  }
  return { world, leases, keyOfB, pickB }
}

async function keyServedBy(name: string): Promise<string> {
  const world = givenUpstream(2)
  for (const affinityKey of ['ann', 'ben', 'cal', 'dan', 'eve', 'fay', 'gus', 'hal']) {
    if ((await world.homes(1, { affinityKey })) === name) return affinityKey
  }
  throw new Error(`no key belongs to ${name}`)
}
