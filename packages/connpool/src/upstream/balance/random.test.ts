import { expect, test } from 'vitest'

import { endpointsOf, equalEndpoints } from '../../../test/balance/known-endpoint.ts'
import { pickMany, SEED, sharesOf, unfairness } from '../../../test/balance/picking.ts'
import { Random } from './random.ts'

const PICKS = 100_000

test.each([[[1]], [[1, 1, 1]], [[1, 3]], [[0.1, 1, 10]]])(
  'shares are as the weights %j, whatever the load',
  (weights) => {
    const endpoints = endpointsOf(...weights)
    for (const [place, endpoint] of endpoints.entries()) endpoint.leased = place * 10

    const shares = sharesOf(endpoints, pickMany(new Random(), endpoints, PICKS))

    expect(unfairness(endpoints, shares), `seed ${SEED}`).toBeLessThan(0.05)
  },
)

test('a thousand endpoints are all met', () => {
  const endpoints = equalEndpoints(1_000)

  expect(new Set(pickMany(new Random(), endpoints, 20_000)).size, `seed ${SEED}`).toBe(1_000)
})

test('only those of a new array are picked, by their weights', () => {
  const balancer = new Random()
  pickMany(balancer, equalEndpoints(5), 10)
  const endpoints = endpointsOf(2, 1)

  expect(unfairness(endpoints, sharesOf(endpoints, pickMany(balancer, endpoints, PICKS)))).toBeLessThan(0.03)
})

test('a weight that changes counts at once', () => {
  const endpoints = endpointsOf(1, 1)
  const balancer = new Random()
  pickMany(balancer, endpoints, 1)

  for (const endpoint of endpoints.slice(1)) {
    endpoint.weight = 4
    balancer.weightChanged(endpoint)
  }

  expect(unfairness(endpoints, sharesOf(endpoints, pickMany(balancer, endpoints, PICKS)))).toBeLessThan(0.03)
})
