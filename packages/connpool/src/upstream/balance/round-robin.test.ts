import { describe, expect, test } from 'vitest'

import { endpointsOf, equalEndpoints, KnownEndpoint } from '../../../test/balance/known-endpoint.ts'
import { pickedTexts, pickMany, SEED, sharesOf, unfairness } from '../../../test/balance/picking.ts'
import { SeededRandom } from '../../testing/seeded-random.ts'
import { RoundRobin } from './round-robin.ts'

function letters(balancer: RoundRobin, endpoints: readonly KnownEndpoint[], count: number): string {
  return pickedTexts(balancer, endpoints, count).join('')
}

function named(names: string, ...weights: readonly number[]): KnownEndpoint[] {
  return names.split('').map((name, place) => new KnownEndpoint(name, weights[place]))
}

/** The longest row of picks of the same. */
function longestRow(picked: string): number {
  return Math.max(...[...picked.matchAll(/(.)\1*/gu)].map(([row]) => row.length))
}

describe('endpoints that weigh the same', () => {
  test('are met in the order given, again and again', () => {
    expect(letters(new RoundRobin(), named('abc'), 9)).toBe('abcabcabc')
  })

  test.each([1, 2, 7, 1_000])('%i in number, are each met once in as many picks in a row', (count) => {
    const endpoints = named('x'.repeat(count), ...new Array<number>(count).fill(0.3))
    const picked = pickMany(new RoundRobin(), endpoints, 50 * count)

    for (let from = 0; from < picked.length; from++) expect(picked[from]).toBe(endpoints[from % count])
  })
})

describe('endpoints of different weight', () => {
  test('are met exactly in proportion in each round', () => {
    const endpoints = endpointsOf(5, 1, 3, 1)
    const balancer = new RoundRobin()

    for (let round = 0; round < 20; round++) {
      expect(sharesOf(endpoints, pickMany(balancer, endpoints, 10))).toEqual([0.5, 0.1, 0.3, 0.1])
    }
  })

  test('are met in between each other, not in bursts', () => {
    expect(longestRow(letters(new RoundRobin(), named('abc', 5, 1, 1), 700))).toBeLessThan(5)
    expect(longestRow(letters(new RoundRobin(), named('abcdefghijk', 10), 200))).toBeLessThanOrEqual(2)
  })
})

describe('when the array is replaced', () => {
  test('the round goes on where it was', () => {
    const [a, b, c] = named('abc')
    const balancer = new RoundRobin()
    const all = [a, b, c].filter((endpoint) => endpoint !== undefined)
    letters(balancer, all, 1)

    expect(letters(balancer, [...all], 1) + letters(balancer, all, 2)).toBe('bca')
  })

  test.each([
    ['abcd', 3, 'dabcdabc'],
    ['abcd', 1, 'bcdabcda'],
    ['abcd', 2, 'cdabcdab'],
    ['dabc', 2, 'cdabcdab'],
    ['dabc', 3, 'dabcdabc'],
    ['adbc', 1, 'dbcadbca'],
    ['adbec', 1, 'dbecadbeca'],
  ])('newcomers take their turn in the order given: %s after %i picks of abc', (names, before, expected) => {
    const known = named('abc')
    const balancer = new RoundRobin()
    letters(balancer, known, before)
    const endpoints = named(names).map((each) => known.find(({ endpoint }) => endpoint === each.endpoint) ?? each)

    expect(letters(balancer, endpoints, expected.length)).toBe(expected)
  })

  test('before each pick, nobody is starved and weights hold', () => {
    const endpoints = endpointsOf(5, 1, 1, 3)
    const balancer = new RoundRobin()

    const picked = Array.from({ length: 1_000 }, () => balancer.pick([...endpoints]))

    expect(sharesOf(endpoints, picked)).toEqual([0.5, 0.1, 0.1, 0.3])
  })

  test('one that goes and comes back after each of its turns has no more turns than it is due', () => {
    const endpoints = endpointsOf(0.1, 1, 1)
    const [flapping, ...others] = endpoints
    const balancer = new RoundRobin()
    const picked = [balancer.pick(endpoints)]

    for (let picks = 0; picks < 4_200; picks++) {
      picked.push(balancer.pick(picked.at(-1) === flapping ? others : [...endpoints]))
    }

    expect(sharesOf(endpoints, picked)[0]).toBeCloseTo(0.1 / 2.1, 3)
  })

  test('one that was away for long does not make up for it', () => {
    const [away, ...others] = named('abc')
    const balancer = new RoundRobin()
    letters(
      balancer,
      [away, ...others].filter((endpoint) => endpoint !== undefined),
      3,
    )
    letters(balancer, others, 300)

    const back = letters(
      balancer,
      [away, ...others].filter((endpoint) => endpoint !== undefined),
      30,
    )

    expect(back.split('').filter((name) => name === 'a')).toHaveLength(10)
  })

  test('a weight that changed while it was away counts', () => {
    const endpoints = endpointsOf(1, 1)
    const balancer = new RoundRobin()
    pickMany(balancer, endpoints, 2)
    pickMany(balancer, endpoints.slice(0, 1), 1)
    for (const endpoint of endpoints.slice(1)) endpoint.weight = 4

    const back = [...endpoints]

    expect(unfairness(back, sharesOf(back, pickMany(balancer, back, 500)))).toBeLessThan(0.03)
  })
})

describe('when weights change', () => {
  test('those of a slow start count at once', () => {
    const endpoints = endpointsOf(0.1, 1, 1)
    const balancer = new RoundRobin()
    pickMany(balancer, endpoints, 4)

    for (const weight of [0.2, 0.5, 1]) {
      for (const endpoint of endpoints.slice(0, 1)) {
        endpoint.weight = weight
        balancer.weightChanged(endpoint)
      }
      const shares = sharesOf(endpoints, pickMany(balancer, endpoints, 440))

      expect(unfairness(endpoints, shares), `weight ${weight}`).toBeLessThan(0.06)
    }
  })

  test('one whose weight has grown need not wait for the turn it had', () => {
    const endpoints = named('ab', 1, 0.01)
    const balancer = new RoundRobin()
    letters(balancer, endpoints, 60)

    for (const endpoint of endpoints.slice(1)) {
      endpoint.weight = 1
      balancer.weightChanged(endpoint)
    }

    expect(letters(balancer, endpoints, 2)).toContain('b')
  })

  test('of one that was never seen, nothing happens', () => {
    const balancer = new RoundRobin()

    balancer.weightChanged(new KnownEndpoint('unseen', 3))

    expect(letters(balancer, named('ab'), 4)).toBe('abab')
  })

  test('however often, shares keep to the weights there were', () => {
    const chances = new SeededRandom(SEED)
    const endpoints = equalEndpoints(5)
    const balancer = new RoundRobin()
    const counts = new Map<string, number>()
    for (let picks = 0; picks < 20_000; picks++) {
      const { endpoint } = balancer.pick(endpoints)
      counts.set(endpoint, (counts.get(endpoint) ?? 0) + 1)
      const changed = endpoints[chances.whole(0, 4)]
      if (changed === undefined) continue
      changed.weight = 0.1 + chances.next()
      balancer.weightChanged(changed)
    }

    for (const count of counts.values()) expect(Math.abs(count / 4_000 - 1), `seed ${SEED}`).toBeLessThan(0.1)
  })
})
