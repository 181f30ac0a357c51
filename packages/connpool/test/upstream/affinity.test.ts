// The same key meets the same endpoint and, where it is idle, the same connection.
import { describe, expect, test } from 'vitest'

import type { Lease } from 'connpool'

import type { FakePeer } from './fake-endpoint.ts'
import { givenUpstream, nameOf } from './given.ts'

const keys = Array.from({ length: 30 }, (_, index) => `user ${index}`)

describe('an affinity key', () => {
  test('meets the same endpoint each time', async () => {
    const world = givenUpstream(4)
    for (const affinityKey of keys) {
      const homes = await world.homes(3, { affinityKey })
      expect([affinityKey, new Set(homes).size]).toEqual([affinityKey, 1])
    }
  })

  test('different keys meet different endpoints', async () => {
    const world = givenUpstream(4)
    const homes = new Set<string>()
    for (const affinityKey of keys) homes.add(await world.homes(1, { affinityKey }))

    expect(homes.size).toBe(4)
  })

  test.each(['lifo', 'fifo'] as const)('gets its connection again where that is idle (%s)', async (idleOrder) => {
    const world = givenUpstream(1, { pool: { idleOrder } })
    const leases = [
      await world.lease({ affinityKey: 'ann' }),
      await world.lease({ affinityKey: 'bob' }),
      await world.lease({ affinityKey: 'cid' }),
    ]
    const before = leases.map(({ info }) => info.id)
    for (const lease of leases) lease.release()
    await world.clock.advance(5_000)

    const after: number[] = []
    for (const affinityKey of ['bob', 'cid', 'ann', 'bob']) {
      const lease = await world.lease({ affinityKey })
      after.push(lease.info.id)
      lease.release()
    }

    expect(after).toEqual([before[1], before[2], before[0], before[1]])
  })

  test('waits for its own endpoint while others are free', async () => {
    const world = givenUpstream(2, { pool: { maxSize: 1 } })
    const held = await world.lease({ affinityKey: 'ann' })
    const waiting = world.upstream.acquire({ affinityKey: 'ann' })
    const other = await world.lease()
    other.release()
    await world.clock.advance(1_000)
    const before = world.upstream.stats().waiting

    held.release()

    expect(before).toBe(1)
    expect((await waiting).info.endpoint).toBe(held.info.endpoint)
  })

  test('meets another endpoint while its own is down, and its own again after', async () => {
    const world = givenUpstream(2, { slowStartMs: 0 })
    const home = await world.homes(1, { affinityKey: 'ann' })
    world.server(home).mode = 'refusing'
    for (const peer of world.server(home).open) peer.kill()

    const during = await world.homes(1, { affinityKey: 'ann' })
    world.server(home).mode = 'up'
    await world.clock.advance(60_000)

    expect(during).not.toBe(home)
    expect(await world.homes(1, { affinityKey: 'ann' })).toBe(home)
  })

  test('is served though the slots that all share are idle elsewhere', async () => {
    const world = givenUpstream(2, { maxSize: 1 })
    const home = await world.homes(1, { affinityKey: 'ann' })
    const foreign = keys.find((key) => key !== 'ann' && key !== '') ?? ''
    let other = home
    let key = foreign
    for (const each of keys) {
      key = each
      other = nameOf(await world.lease({ affinityKey: each }).then((lease) => (lease.release(), lease)))
      if (other !== home) break
    }

    expect(other).not.toBe(home)
    expect(await world.homes(1, { affinityKey: 'ann' })).toBe(home)
    expect(key).not.toBe('ann')
  })
})

test('keys stay where they are while other callers come and go evenly', async () => {
  const world = givenUpstream(4, { pool: { maxSize: 20 } })
  const some = keys.slice(0, 8)
  const homesOf = async (): Promise<string> => {
    const homes: string[] = []
    for (const affinityKey of some) homes.push(await world.homes(1, { affinityKey }))
    return homes.join('')
  }
  const before = await homesOf()
  const crowd = async (count: number): Promise<readonly Lease<FakePeer>[]> => {
    const acquires = Array.from({ length: count }, () => world.upstream.acquire())
    await world.clock.advance(100)
    return Promise.all(acquires)
  }
  for (const lease of await crowd(48)) lease.release()

  const held = await crowd(40)
  const during = await homesOf()
  for (const lease of held) lease.release()

  expect(during).toBe(before)
})

test('a caller without a key goes where the policy says, whoever came with a key before', async () => {
  const world = givenUpstream(3)
  await world.homes(3)
  let homes = ''
  for (let times = 0; times < 6; times++) {
    await world.homes(1, { affinityKey: 'ann' })
    homes += await world.homes(1, { timeoutMs: 1_000 })
  }

  expect(homes).toBe('abcabc')
})

test('of callers with a key and callers without, who came first is served first', async () => {
  const world = givenUpstream(1, { pool: { maxSize: 1 } })
  const held = await world.lease()
  const served: string[] = []
  const call = (name: string, affinityKey?: string): void => {
    const acquired = world.upstream.acquire(affinityKey === undefined ? {} : { affinityKey })
    void acquired.then((lease) => {
      served.push(name)
      lease.release()
    })
  }
  call('1')
  call('2', 'ann')
  call('3')
  call('4', 'bob')

  held.release()
  await world.clock.settle()

  expect(served).toEqual(['1', '2', '3', '4'])
})
