import { describe, expect, test } from 'vitest'

import { about, ClosedLoop } from '../../../test/balance/closed-loop.ts'
import { endpointsOf, equalEndpoints, KnownEndpoint } from '../../../test/balance/known-endpoint.ts'
import { pickedTexts, pickMany, requestOf, SEED, sharesOf } from '../../../test/balance/picking.ts'
import { SeededRandom } from '../../testing/seeded-random.ts'
import { LeastLeased } from './least-leased.ts'

/** Sets leases, and tells the balancer. */
function load(balancer: LeastLeased, endpoint: KnownEndpoint | undefined, leased: number): void {
  if (endpoint === undefined) return
  endpoint.leased = leased
  balancer.loadChanged(endpoint)
}

describe('while none has load', () => {
  test('endpoints that weigh the same are met in turn', () => {
    expect(pickedTexts(new LeastLeased(), equalEndpoints(3), 6)).toEqual(['e0', 'e1', 'e2', 'e0', 'e1', 'e2'])
  })

  test('others are met in proportion to their weights', () => {
    const endpoints = endpointsOf(1, 3, 6)

    expect(sharesOf(endpoints, pickMany(new LeastLeased(), endpoints, 1_000))).toEqual([0.1, 0.3, 0.6])
  })

  test('one that comes does not get all until it has caught up', () => {
    const endpoints = equalEndpoints(2)
    const balancer = new LeastLeased()
    pickMany(balancer, endpoints, 1_000)
    const three = [...endpoints, new KnownEndpoint('new')]

    expect(sharesOf(three, pickMany(balancer, three, 30)).at(-1)).toBeCloseTo(1 / 3)
  })

  test('a replaced array does not begin with the first again', () => {
    const endpoints = equalEndpoints(3)
    const balancer = new LeastLeased()

    const picked = Array.from({ length: 6 }, () => balancer.pick([...endpoints]).endpoint)

    expect(picked).toEqual(['e0', 'e1', 'e2', 'e0', 'e1', 'e2'])
  })
})

describe('under load', () => {
  test('the least loaded for its weight is picked, waiters included', () => {
    const endpoints = endpointsOf(1, 2, 4)
    const [light, middle, heavy] = endpoints
    const balancer = new LeastLeased()
    pickMany(balancer, endpoints, 1)

    load(balancer, light, 1)
    load(balancer, middle, 1)
    load(balancer, heavy, 3)
    expect(balancer.pick(endpoints)).toBe(middle)

    if (middle !== undefined) middle.waiting = 1
    load(balancer, middle, 1)
    expect(balancer.pick(endpoints)).toBe(heavy)
  })

  test('it is always the least, over long lives with a thousand endpoints that come and go', () => {
    const chances = new SeededRandom(SEED)
    const all = equalEndpoints(1_000).map((endpoint) => new KnownEndpoint(endpoint.endpoint, chances.whole(1, 4)))
    const balancer = new LeastLeased()
    let endpoints = all
    for (let step = 0; step < 5_000; step++) {
      if (chances.chance(0.01)) endpoints = all.filter(() => chances.chance(0.9))
      const changed = all[chances.whole(0, 999)]
      load(balancer, changed, chances.whole(0, 9))
      const least = Math.min(...endpoints.map(({ leased, weight }) => leased / weight))

      const picked = balancer.pick(endpoints)

      expect(picked.leased / picked.weight, `seed ${SEED}, step ${step}`).toBe(least)
      load(
        balancer,
        all.find((endpoint) => endpoint === picked),
        picked.leased + 1,
      )
    }
  })

  test('loads are in proportion to weights', () => {
    const endpoints = endpointsOf(1, 2, 3)
    new ClosedLoop(new LeastLeased(), endpoints, { callers: 60, leaseMs: about(10) }).runUntil(1_000)

    expect(endpoints.map(({ leased }) => leased)).toEqual([10, 20, 30])
  })

  test('one that was loaded for long does not make up for it among equals', () => {
    const endpoints = equalEndpoints(2)
    const [loaded] = endpoints
    const balancer = new LeastLeased()
    load(balancer, loaded, 5)
    pickMany(balancer, endpoints, 1_000)

    load(balancer, loaded, 0)

    expect(sharesOf(endpoints, pickMany(balancer, endpoints, 20))[0]).toBeCloseTo(0.5, 1)
  })

  test('nobody is starved by those before it in the array', () => {
    const endpoints = equalEndpoints(10)

    const shares = new ClosedLoop(new LeastLeased(), endpoints, { callers: 5, leaseMs: () => 10 })
      .runUntil(10_000)
      .shares({ from: 0, to: 10_000 })

    for (const share of shares) expect(share).toBeCloseTo(0.1)
  })

  test('load that changed before the array is seen, or of those that are not in it, does no harm', () => {
    const endpoints = equalEndpoints(2)
    const [busy, free] = endpoints
    const balancer = new LeastLeased()
    load(balancer, busy, 3)
    load(balancer, new KnownEndpoint('ejected'), 0)

    expect(balancer.pick(endpoints)).toBe(free)
  })
})

test('a weight that changes counts at once', () => {
  const endpoints = endpointsOf(1, 1)
  const [, growing] = endpoints
  const balancer = new LeastLeased()
  pickMany(balancer, endpoints, 1, requestOf())
  for (const endpoint of endpoints) load(balancer, endpoint, 2)

  if (growing !== undefined) {
    growing.weight = 2
    balancer.weightChanged(growing)
  }

  expect(new Set(pickMany(balancer, endpoints, 4))).toEqual(new Set([growing]))
})
