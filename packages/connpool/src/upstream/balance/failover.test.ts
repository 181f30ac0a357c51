import { expect, test } from 'vitest'

import { endpointsOf } from '../../../test/balance/known-endpoint.ts'
import { pickedTexts } from '../../../test/balance/picking.ts'
import { Failover } from './failover.ts'

test('the first is picked, whatever its weight and its load', () => {
  const endpoints = endpointsOf(0.1, 10, 10)
  for (const endpoint of endpoints.slice(0, 1)) endpoint.leased = 1_000

  expect(pickedTexts(new Failover(), endpoints, 3)).toEqual(['e0', 'e0', 'e0'])
})

test('the next one is picked while the first is not among them, and the first again when it is back', () => {
  const endpoints = endpointsOf(1, 1, 1)
  const balancer = new Failover()

  const without = pickedTexts(balancer, endpoints.slice(1), 2)

  expect([...without, ...pickedTexts(balancer, endpoints, 1)]).toEqual(['e1', 'e1', 'e0'])
})

test('a pick among none is a bug', () => {
  expect(() => pickedTexts(new Failover(), [], 1)).toThrow('bug: place 0 of 0 endpoints was picked')
})
