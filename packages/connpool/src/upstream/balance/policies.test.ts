import { describe, expect, test } from 'vitest'

import { endpointsOf } from '../../../test/balance/known-endpoint.ts'
import { pickMany, requestOf } from '../../../test/balance/picking.ts'
import { Failover } from './failover.ts'
import { LeastLeased } from './least-leased.ts'
import { type BalancePolicy, balancerOf } from './policies.ts'
import { Random } from './random.ts'
import { Rendezvous } from './rendezvous.ts'
import { RoundRobin } from './round-robin.ts'
import { TwoChoices } from './two-choices.ts'
import type { BalancedEndpoint, Balancer } from './balancer.ts'

const POLICIES = {
  'two-choices': TwoChoices,
  'round-robin': RoundRobin,
  'least-leased': LeastLeased,
  random: Random,
  rendezvous: Rendezvous,
  failover: Failover,
} satisfies Record<BalancePolicy, unknown>

const NAMES = ['two-choices', 'round-robin', 'least-leased', 'random', 'rendezvous', 'failover'] as const

describe.each(NAMES)('%s', (name) => {
  test('is made anew for each upstream', () => {
    const [one, other] = [balancerOf(name), balancerOf(name)]

    expect(one).toBeInstanceOf(POLICIES[name])
    expect(one).not.toBe(other)
  })

  test('picks only what it is given, while endpoints come and go', () => {
    const balancer = balancerOf(name)
    const all = endpointsOf(1, 2, 3, 4)

    for (const endpoints of [all.slice(0, 1), all, all.slice(2), all.toReversed(), all.slice(1, 2)]) {
      const picked = [...pickMany(balancer, endpoints, 50), ...pickMany(balancer, endpoints, 50, requestOf('a key'))]

      expect(picked.every((endpoint) => endpoints.some((each) => each === endpoint))).toBe(true)
    }
  })
})

test('an object that can pick is used as it is', () => {
  const mine: Balancer = { pick: ([first]) => first ?? expect.fail('no endpoint') }

  expect(balancerOf(mine)).toBe(mine)
})

test('an instance of a class that can pick is used as it is', () => {
  class Mine {
    pick(endpoints: readonly BalancedEndpoint[]): BalancedEndpoint {
      return endpoints[0] ?? expect.fail('no endpoint')
    }
  }
  const mine = new Mine()

  expect(balancerOf(mine)).toBe(mine)
})

test.each([['two choices'], ['toString'], [''], [undefined], [null], [{}], [{ pick: 'me' }], [() => undefined]])(
  'anything else is refused: %s',
  (value) => {
    // @ts-expect-error: what untyped code may give
    const make = (): Balancer => balancerOf(value)

    expect(make).toThrow(
      "balance must be 'two-choices', 'round-robin', 'least-leased', 'random', 'rendezvous', 'failover' or an object with pick()",
    )
  },
)
