import { type Lease, Upstream } from 'connpool'
import { FakeClock, type FakeConnection, FakeDialer } from 'connpool/testing'
import { expect, test } from 'vitest'

import { FillFirst } from './own-balancer.ts'

async function homesOf(upstream: Upstream<FakeConnection>, clock: FakeClock, count: number): Promise<string> {
  const acquires = Array.from({ length: count }, () => upstream.acquire())
  await clock.advance(40)
  const leases: Lease<FakeConnection>[] = await Promise.all(acquires)
  return leases.map(({ info }) => info.endpoint[0]).join('')
}

test('one endpoint is filled after the other, by weight', async () => {
  const clock = new FakeClock()
  const { dial } = new FakeDialer({ clock })
  const endpoints = [{ endpoint: 'a:1', weight: 2 }, 'b:1', 'c:1']
  const upstream = new Upstream({ endpoints, balance: new FillFirst(2), pool: { dial, clock } })

  const homes = await homesOf(upstream, clock, 7)
  const destroyed = upstream.destroy()
  await clock.settle()
  await destroyed

  expect(homes.split('').toSorted().join('')).toBe('aaaabbc')
})

test('when all are full any will do', () => {
  const balancer = new FillFirst(1)
  const full = { weight: 1, zone: undefined, leased: 1, waiting: 0, load: 1, latencyMs: undefined, failureRatio: 0 }
  const endpoints = ['a:1', 'b:1', 'c:1'].map((endpoint) => ({ ...full, endpoint }))
  const pick = (draw: number) => balancer.pick(endpoints, { affinityKey: undefined, now: 0, random: () => draw })

  expect([0, 0.4, 0.99].map((draw) => pick(draw).endpoint)).toEqual(['a:1', 'b:1', 'c:1'])
})
