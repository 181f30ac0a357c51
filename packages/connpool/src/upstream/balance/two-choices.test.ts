import { describe, expect, test } from 'vitest'

import { about, ClosedLoop } from '../../../test/balance/closed-loop.ts'
import { endpointsOf, equalEndpoints, KnownEndpoint } from '../../../test/balance/known-endpoint.ts'
import { dues, pickMany, requestOf, SEED, sharesOf, unfairness } from '../../../test/balance/picking.ts'
import { TwoChoices } from './two-choices.ts'

const PICKS = 100_000

/** What each is due, in picks while nothing changes. */
function duesOf(endpoints: readonly KnownEndpoint[], balancer = new TwoChoices()): number[] {
  return dues(endpoints, sharesOf(endpoints, pickMany(balancer, endpoints, PICKS)))
}

function hasFailed(place: number, failing: number): boolean {
  return place === failing
}

describe('while no endpoint has load', () => {
  test.each([[[1, 1]], [[1, 3]], [[0.1, 1, 1]], [[1, 10, 2, 5]]])('shares are as the weights %j', (weights) => {
    const endpoints = endpointsOf(...weights)

    const shares = sharesOf(endpoints, pickMany(new TwoChoices(), endpoints, PICKS))

    expect(unfairness(endpoints, shares), `seed ${SEED}`).toBeLessThan(0.04)
  })

  test('a single endpoint is always picked', () => {
    const endpoints = endpointsOf(1)

    expect(pickMany(new TwoChoices(), endpoints, 3)).toEqual([...endpoints, ...endpoints, ...endpoints])
  })

  test('a thousand endpoints are all met, none much more often than others', () => {
    const endpoints = equalEndpoints(1_000)

    const met = duesOf(endpoints)

    expect(Math.min(...met), `seed ${SEED}`).toBeGreaterThan(0.5)
    expect(Math.max(...met), `seed ${SEED}`).toBeLessThan(1.6)
  })
})

describe('under load', () => {
  test('of two that weigh the same the less loaded is picked, waiters included', () => {
    const endpoints = equalEndpoints(2)
    const [one, other] = endpoints
    if (one !== undefined) one.leased = 2
    if (other !== undefined) other.waiting = 3

    expect(new Set(pickMany(new TwoChoices(), endpoints, 100))).toEqual(new Set([one]))
  })

  test('a thousand callers are spread nearly evenly over a hundred endpoints', () => {
    const endpoints = equalEndpoints(100)
    const loop = new ClosedLoop(new TwoChoices(), endpoints, { callers: 1_000, leaseMs: about(10) })

    loop.runUntil(500)

    const loads = endpoints.map(({ leased }) => leased)
    expect(Math.max(...loads), `seed ${SEED}`).toBeLessThanOrEqual(13)
    expect(Math.min(...loads), `seed ${SEED}`).toBeGreaterThanOrEqual(4)
  })

  test.each([1, 2, 3, 10, 60])('weights hold with %i callers', (callers) => {
    for (const weights of [
      [1, 3],
      [1, 10],
      [1, 2, 3],
      [1, 1, 5, 10],
    ]) {
      const endpoints = endpointsOf(...weights)
      const to = 300_000 / callers

      const shares = new ClosedLoop(new TwoChoices(), endpoints, { callers, leaseMs: about(10) })
        .runUntil(to)
        .shares({ from: 0, to })

      expect(unfairness(endpoints, shares), `seed ${SEED}, weights ${weights.join(':')}`).toBeLessThan(0.1)
    }
  })
})

describe('when latencies differ', () => {
  test.each([1, 4])('mere noise leaves shares within a tenth of the weights, with %i callers', (callers) => {
    const endpoints = endpointsOf(1, 1, 3)
    const leaseMs = (_: number, random: () => number): number => -20 * Math.log(1 - random())

    const shares = new ClosedLoop(new TwoChoices(), endpoints, { callers, leaseMs })
      .runUntil(300_000)
      .shares({ from: 0, to: 300_000 })

    expect(unfairness(endpoints, shares), `seed ${SEED}`).toBeLessThan(0.1)
  })

  test('noise where leases are rare leaves shares as they are, too', () => {
    const endpoints = endpointsOf(1, 3)
    const leaseMs = (_: number, random: () => number): number => -2_000 * Math.log(1 - random())

    const shares = new ClosedLoop(new TwoChoices(), endpoints, { callers: 1, leaseMs })
      .runUntil(60_000_000)
      .shares({ from: 0, to: 60_000_000 })

    expect(unfairness(endpoints, shares), `seed ${SEED}`).toBeLessThan(0.1)
  })

  test.each([
    [2, 1],
    [2, 20],
    [10, 1],
    [10, 100],
  ])('one of %i that is 10 times slower loses most of %i callers, but not all', (count, callers) => {
    const endpoints = equalEndpoints(count)
    const leaseMs = (place: number, random: () => number): number => (place === 0 ? 100 : 10) * (0.5 + random())

    const [slow = 0] = new ClosedLoop(new TwoChoices(), endpoints, { callers, leaseMs })
      .runUntil(30_000)
      .shares({ from: 5_000, to: 30_000 })

    expect(slow * count, `seed ${SEED}`).toBeLessThan(0.4)
    expect(slow * count, `seed ${SEED}`).toBeGreaterThan(0.002)
  })

  test.each([1, 5, 20, 100])(
    'of five, one that is 8 times slower is not in the 99th percentile of %i callers',
    (callers) => {
      const endpoints = equalEndpoints(5)
      const leaseMs = (place: number, random: () => number): number => (place === 0 ? 8 : 1) * (0.5 + random())

      const [slow = 1] = new ClosedLoop(new TwoChoices(), endpoints, { callers, leaseMs })
        .runUntil(6_000)
        .shares({ from: 1_000, to: 6_000 })

      expect(slow, `seed ${SEED}`).toBeLessThan(0.01)
    },
  )

  test.each([1, 20])('a slow one has its share of %i callers again soon after it became fast', (callers) => {
    const endpoints = equalEndpoints(5)
    let slowness = 10
    const leaseMs = (place: number, random: () => number): number => (place === 0 ? slowness : 1) * (0.5 + random())
    const loop = new ClosedLoop(new TwoChoices(), endpoints, { callers, leaseMs })
    loop.runUntil(5_000)

    slowness = 1
    loop.runUntil(40_000)

    const [back = 0] = loop.shares({ from: 35_000, to: 40_000 })
    expect(back * 5, `seed ${SEED}`).toBeGreaterThan(0.8)
  })

  test('a slow one loses most even if it weighs most', () => {
    const endpoints = endpointsOf(10, 1, 1)
    for (const [place, endpoint] of endpoints.entries()) endpoint.latencyMs = place === 0 ? 100 : 10

    expect(duesOf(endpoints)[0], `seed ${SEED}`).toBeLessThan(0.4)
  })

  test('one of unknown latency is picked as if its latency were that of the others', () => {
    const endpoints = equalEndpoints(3)
    for (const endpoint of endpoints.slice(1)) endpoint.latencyMs = 0.5

    const [unknown = 0] = duesOf(endpoints)

    expect(Math.abs(unknown - 1), `seed ${SEED}`).toBeLessThan(0.05)
  })

  test('scale does not matter, and none is starved however slow', () => {
    const [fast, slow] = [new KnownEndpoint('fast'), new KnownEndpoint('slow')]
    const met = [0.001, 1_000].map((scale) => {
      fast.latencyMs = scale
      slow.latencyMs = scale * 1_000_000
      return duesOf([fast, slow])[1] ?? 0
    })

    expect(met[0]).toBe(met[1])
    expect(met[0], `seed ${SEED}`).toBeGreaterThan(0.005)
    expect(met[0], `seed ${SEED}`).toBeLessThan(0.02)
  })

  test('none is slow that takes less than a turn of the loop', () => {
    const [one, other] = [new KnownEndpoint('one'), new KnownEndpoint('other')]
    one.latencyMs = 0.1
    other.latencyMs = 0.6

    expect(Math.abs((duesOf([one, other])[1] ?? 0) - 1), `seed ${SEED}`).toBeLessThan(0.05)
  })

  test('a latency of nothing is no division by nothing', () => {
    const endpoints = equalEndpoints(2)
    for (const [place, endpoint] of endpoints.entries()) endpoint.latencyMs = place

    const [fast = 0, slow = 0] = duesOf(endpoints)

    expect([fast > 1.9, slow > 0.005], `seed ${SEED}`).toEqual([true, true])
  })

  test('a slow one gets what the others are too loaded for', () => {
    const [fast, slow] = [new KnownEndpoint('fast'), new KnownEndpoint('slow')]
    fast.latencyMs = 10
    fast.leased = 100
    slow.latencyMs = 100

    expect(duesOf([fast, slow])[1], `seed ${SEED}`).toBeGreaterThan(1.8)
  })
})

describe('when an endpoint fails in 1 ms where others take 50 ms', () => {
  test.each([
    [2, 2],
    [3, 3],
    [4, 40],
    [10, 10],
    [10, 400],
  ])(
    'one of %i gets no more of %i callers than the others within a second, and soon next to none',
    (count, callers) => {
      const fails = (place: number): boolean => hasFailed(place, 0)
      const loop = new ClosedLoop(new TwoChoices(), equalEndpoints(count), { callers, leaseMs: about(50), fails })

      loop.runUntil(10_000)

      const [first = 1] = loop.shares({ from: 0, to: 1_000 })
      const [later = 1] = loop.shares({ from: 1_000, to: 10_000 })
      expect(first * count, `seed ${SEED}`).toBeLessThan(1)
      expect(later * count, `seed ${SEED}`).toBeLessThan(0.25)
    },
  )

  test.each([
    [2, 2],
    [4, 40],
    [10, 400],
  ])('one of %i that went well for long is found out as soon by %i callers', (count, callers) => {
    const fails = (place: number, now: number): boolean => hasFailed(place, 0) && now >= 20_000
    const loop = new ClosedLoop(new TwoChoices(), equalEndpoints(count), { callers, leaseMs: about(50), fails })

    loop.runUntil(25_000)

    const [first = 1] = loop.shares({ from: 20_000, to: 21_000 })
    const [later = 1] = loop.shares({ from: 21_000, to: 25_000 })
    expect(first * count, `seed ${SEED}`).toBeLessThan(1)
    expect(later * count, `seed ${SEED}`).toBeLessThan(0.3)
  })

  test('it is used again soon after it ceased to fail', () => {
    const fails = (place: number, now: number): boolean => hasFailed(place, 0) && now < 5_000
    const loop = new ClosedLoop(new TwoChoices(), equalEndpoints(3), { callers: 6, leaseMs: about(50), fails })

    loop.runUntil(120_000)

    const [back = 0] = loop.shares({ from: 60_000, to: 120_000 })
    expect(back * 3, `seed ${SEED}`).toBeGreaterThan(0.8)
  })

  test('where all fail alike none is avoided', () => {
    const endpoints = endpointsOf(1, 2)
    for (const endpoint of endpoints) endpoint.failureRatio = 0.9

    expect(unfairness(endpoints, sharesOf(endpoints, pickMany(new TwoChoices(), endpoints, PICKS)))).toBeLessThan(0.03)
  })

  test('a few failures in a hundred are chance', () => {
    const endpoints = equalEndpoints(2)
    for (const [place, endpoint] of endpoints.entries()) endpoint.failureRatio = place * 0.02

    expect(unfairness(endpoints, sharesOf(endpoints, pickMany(new TwoChoices(), endpoints, PICKS)))).toBeLessThan(0.03)
  })
})

describe('when endpoints or weights change', () => {
  test('only those of the new array are picked', () => {
    const [gone, ...kept] = equalEndpoints(4)
    const balancer = new TwoChoices()
    pickMany(
      balancer,
      [gone, ...kept].filter((endpoint) => endpoint !== undefined),
      10,
    )
    const endpoints = [...kept, new KnownEndpoint('new', 3)]

    const shares = sharesOf(endpoints, pickMany(balancer, endpoints, PICKS))

    expect(unfairness(endpoints, shares), `seed ${SEED}`).toBeLessThan(0.04)
  })

  test('shares follow the weight of one in its slow start', () => {
    const endpoints = endpointsOf(0.1, 1, 1)
    const [starting] = endpoints
    const balancer = new TwoChoices()
    const request = requestOf()
    balancer.pick(endpoints, request)
    if (starting === undefined) return

    for (let weight = 0.1; weight <= 1; weight += 0.3) {
      starting.weight = weight
      balancer.weightChanged(starting)
      const shares = sharesOf(endpoints, pickMany(balancer, endpoints, PICKS, request))

      expect(unfairness(endpoints, shares), `seed ${SEED}, weight ${weight}`).toBeLessThan(0.05)
    }
  })

  test('the weight of one that is not among them changes nothing', () => {
    const endpoints = equalEndpoints(2)
    const balancer = new TwoChoices()
    pickMany(balancer, endpoints, 1)

    balancer.weightChanged(new KnownEndpoint('ejected', 100))

    expect(unfairness(endpoints, sharesOf(endpoints, pickMany(balancer, endpoints, PICKS)))).toBeLessThan(0.03)
  })
})
