import process from 'node:process'

import { describe, expect, test } from 'vitest'

import { endpointsOf, equalEndpoints, KnownEndpoint } from '../../../test/balance/known-endpoint.ts'
import { pickMany, requestOf, SEED, sharesOf, unfairness } from '../../../test/balance/picking.ts'
import { SeededRandom } from '../../testing/seeded-random.ts'
import { Rendezvous } from './rendezvous.ts'
import { TwoChoices } from './two-choices.ts'
import type { BalancedEndpoint } from './balancer.ts'

const KEYS = 20_000

const keys = Array.from({ length: KEYS }, (_, place) => `user:${place}`)

function homesOf(balancer: Rendezvous, endpoints: readonly BalancedEndpoint[]): BalancedEndpoint[] {
  return keys.map((key) => balancer.pick(endpoints, requestOf(key)))
}

/** What part of the keys live elsewhere than they did. */
function movedRatio(before: readonly BalancedEndpoint[], after: readonly BalancedEndpoint[]): number {
  return before.filter(({ endpoint }, place) => endpoint !== after[place]?.endpoint).length / before.length
}

/** Keys that moved from one that stayed to another that was there before: rendezvous moves none. */
function strays(before: readonly BalancedEndpoint[], after: readonly BalancedEndpoint[]): string[] {
  const [were, are] = [new Set(before), new Set(after)]
  return keys.filter((_, place) => {
    const [from, to] = [before[place], after[place]]
    return from !== undefined && to !== undefined && from !== to && are.has(from) && were.has(to)
  })
}

function load(balancer: Rendezvous, endpoint: KnownEndpoint, change: number): void {
  endpoint.leased += change
  balancer.loadChanged(endpoint)
}

describe('callers with a key', () => {
  test('meet the same endpoint each time, in any order of the array, and with any balancer', () => {
    const endpoints = equalEndpoints(10)
    const homes = homesOf(new Rendezvous(), endpoints)

    expect(homesOf(new Rendezvous(), endpoints.toReversed())).toEqual(homes)
  })

  test.each([2, 3, 10, 100])('are spread over %i endpoints', (count) => {
    const endpoints = equalEndpoints(count)

    expect(unfairness(endpoints, sharesOf(endpoints, homesOf(new Rendezvous(), endpoints)))).toBeLessThan(0.3)
  })

  test('are spread in proportion to weights', () => {
    const endpoints = endpointsOf(1, 2, 3, 0.5)

    expect(unfairness(endpoints, sharesOf(endpoints, homesOf(new Rendezvous(), endpoints)))).toBeLessThan(0.1)
  })

  test('are kept apart by any part of the key', () => {
    const endpoints = equalEndpoints(50)
    const balancer = new Rendezvous()
    const alike = ['a', 'b', 'ab', 'ba', 'a\u0000', '', 'A', 'ä', 'key-1', 'key-2', 'key-10', '1-key']

    const homes = new Set(alike.map((key) => balancer.pick(endpoints, requestOf(key))))

    expect(homes.size).toBeGreaterThan(7)
  })
})

describe.each([10, 100])('when one of %i endpoints goes', (count) => {
  const endpoints = equalEndpoints(count)
  const others = endpoints.toSpliced(3, 1)

  test('only its keys move, and they come back with it', () => {
    const balancer = new Rendezvous()
    const before = homesOf(balancer, endpoints)

    const without = homesOf(balancer, others)
    const back = [...others, new KnownEndpoint('e3')]

    expect(movedRatio(before, without)).toBeLessThan(1 / count + 0.05)
    expect(strays(before, without)).toEqual([])
    expect(movedRatio(before, homesOf(balancer, back))).toBe(0)
  })

  test('what remains is as if it had never been', () => {
    const balancer = new Rendezvous()
    homesOf(balancer, endpoints)

    expect(homesOf(balancer, others)).toEqual(homesOf(new Rendezvous(), others))
  })
})

describe.each([10, 100])('when one more than %i endpoints comes', (count) => {
  test('only those that are its own from then on move', () => {
    const endpoints = equalEndpoints(count)
    const balancer = new Rendezvous()
    const before = homesOf(balancer, endpoints)

    const after = homesOf(balancer, [...endpoints, new KnownEndpoint('new')])

    expect(movedRatio(before, after)).toBeLessThan(1 / (count + 1) + 0.05)
    expect(movedRatio(before, after)).toBeGreaterThan(0)
    expect(strays(before, after)).toEqual([])
  })
})

test('after any number of changes, keys live where they would have lived without history', () => {
  const chances = new SeededRandom(SEED)
  const all = equalEndpoints(40)
  const balancer = new Rendezvous()
  let endpoints: KnownEndpoint[] = all
  for (let step = 0; step < 300; step++) {
    if (chances.chance(0.3)) endpoints = all.filter(() => chances.chance(0.8))
    const changed = all[chances.whole(0, 39)]
    if (changed !== undefined) {
      changed.weight = 0.1 + chances.next()
      balancer.weightChanged(changed)
    }
    const some = keys.slice(chances.whole(0, 50), chances.whole(50, 100))
    const fresh = new Rendezvous()
    if (endpoints.length === 0) continue

    const homes = some.map((key) => balancer.pick(endpoints, requestOf(key)).endpoint)

    if (step % 10 !== 0) continue
    expect(homes, `seed ${SEED}, step ${step}`).toEqual(
      some.map((key) => fresh.pick(endpoints, requestOf(key)).endpoint),
    )
  }
})

test('a slow start brings home keys little by little, and takes none from one to another of the others', () => {
  const endpoints = endpointsOf(1, 1, 1, 0.1)
  const balancer = new Rendezvous()
  let before = homesOf(balancer, endpoints)
  for (const weight of [0.3, 0.6, 1, 0.5]) {
    for (const endpoint of endpoints.slice(-1)) {
      endpoint.weight = weight
      balancer.weightChanged(endpoint)
    }

    const after = homesOf(balancer, endpoints)

    expect(unfairness(endpoints, sharesOf(endpoints, after)), `weight ${weight}`).toBeLessThan(0.1)
    for (const [place, home] of after.entries()) {
      if (home !== before[place]) expect([home, before[place]]).toContain(endpoints.at(-1))
    }
    before = after
  }
})

describe('under load', () => {
  test('no endpoint takes more than 1.25 times its share, however hot the key', () => {
    const endpoints = endpointsOf(1, 2, 1, 4)
    const balancer = new Rendezvous()

    for (let callers = 1; callers <= 400; callers++) {
      const picked = balancer.pick(endpoints, requestOf('hot'))
      const chosen = endpoints.find((endpoint) => endpoint === picked)
      if (chosen !== undefined) load(balancer, chosen, 1)

      expect(picked.leased).toBeLessThanOrEqual(Math.ceil((1.25 * callers * picked.weight) / 8))
    }
  })

  test('what is too much goes to the same next choice, and back when there is room again', () => {
    const endpoints = equalEndpoints(10)
    const balancer = new Rendezvous()
    const home = balancer.pick(endpoints, requestOf('hot'))
    for (const endpoint of endpoints) if (endpoint === home) load(balancer, endpoint, 5)

    const next = new Set(Array.from({ length: 20 }, () => balancer.pick(endpoints, requestOf('hot'))))
    for (const endpoint of endpoints) if (endpoint === home) load(balancer, endpoint, -5)

    expect([next.size, next.has(home)]).toEqual([1, false])
    expect(balancer.pick(endpoints, requestOf('hot'))).toBe(home)
  })

  test('different keys of one home have different next choices', () => {
    const endpoints = equalEndpoints(10)
    const balancer = new Rendezvous()
    const [busy] = endpoints
    const guests = keys.slice(0, 500).filter((key) => balancer.pick(endpoints, requestOf(key)) === busy)
    if (busy !== undefined) load(balancer, busy, 50)

    expect(new Set(guests.map((key) => balancer.pick(endpoints, requestOf(key)))).size).toBeGreaterThan(6)
  })

  test('one that owns most slots passes on what is too much as well', () => {
    const endpoints = endpointsOf(3, 1)
    const [heavy, light] = endpoints
    const balancer = new Rendezvous()
    const before = homesOf(balancer, endpoints)
    if (heavy !== undefined) load(balancer, heavy, 40)

    expect([new Set(before), new Set(homesOf(balancer, endpoints))]).toEqual([
      new Set([heavy, light]),
      new Set([light]),
    ])
  })
})

describe('callers without a key', () => {
  test('are served as by two choices', () => {
    const endpoints = endpointsOf(1, 2, 3)
    for (const [place, endpoint] of endpoints.entries()) endpoint.leased = place
    const [request, same] = [requestOf(), requestOf()]

    const picked = pickMany(new Rendezvous(), endpoints, 1_000, request)

    expect(picked).toEqual(pickMany(new TwoChoices(), endpoints, 1_000, same))
  })

  test('see weights that change', () => {
    const endpoints = endpointsOf(1, 1)
    const balancer = new Rendezvous()
    pickMany(balancer, endpoints, 1)

    for (const endpoint of endpoints.slice(1)) {
      endpoint.weight = 4
      balancer.weightChanged(endpoint)
    }

    expect(unfairness(endpoints, sharesOf(endpoints, pickMany(balancer, endpoints, 50_000)))).toBeLessThan(0.03)
  })
})

test('a change among a thousand endpoints moves a thousandth of the keys, and costs next to nothing by itself', () => {
  const endpoints = equalEndpoints(1_000)
  const some = keys.slice(0, 5_000)
  const balancer = new Rendezvous()
  const before = some.map((key) => balancer.pick(endpoints, requestOf(key)))
  const rest = endpoints.slice(1)

  const startedAt = process.cpuUsage()
  balancer.pick(rest, requestOf('one key'))
  const { user } = process.cpuUsage(startedAt)

  const after = some.map((key) => balancer.pick(rest, requestOf(key)))
  expect(movedRatio(before, after)).toBeLessThan(0.01)
  // To look for all owners anew takes a second.
  expect(user / 1_000).toBeLessThan(100)
})
