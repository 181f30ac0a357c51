// Backups, priorities and zones: who is used before whom.
import { describe, expect, test } from 'vitest'

import { givenUpstream, nameOf } from './given.ts'

describe('a backup', () => {
  test('is used only while the others are down', async () => {
    const world = givenUpstream(0, { endpoints: ['a:1', { endpoint: 'b:1', backup: true }] })
    const before = await world.homes(3)
    world.server('a').mode = 'refusing'
    for (const peer of world.server('a').open) peer.kill()

    const during = await world.homes(3)
    world.server('a').mode = 'up'
    await world.clock.advance(60_000)

    expect([before, during, await world.homes(3)]).toEqual(['aaa', 'bbb', 'aaa'])
  })

  test('comes after one of another zone', async () => {
    const world = givenUpstream(0, {
      zone: 'here',
      endpoints: [
        { endpoint: 'a:1', backup: true, zone: 'here' },
        { endpoint: 'b:1', zone: 'there' },
        { endpoint: 'c:1', zone: 'here' },
      ],
    })
    const before = await world.homes(2)
    world.server('c').mode = 'refusing'
    for (const peer of world.server('c').open) peer.kill()
    const without = await world.homes(2)
    world.server('b').mode = 'refusing'
    for (const peer of world.server('b').open) peer.kill()

    expect([before, without, await world.homes(2)]).toEqual(['cc', 'bb', 'aa'])
  })
})

describe('a backup that has the slots all share, when the others are up again', () => {
  function given(maxSize: number) {
    const world = givenUpstream(0, {
      endpoints: ['a:1', { endpoint: 'b:1', backup: true }],
      maxSize,
      pool: { minSize: maxSize === 1 ? 0 : 1 },
    })
    world.server('a').mode = 'refusing'
    return world
  }

  test('gives up what is leased, one by one, when it comes back', async () => {
    const world = given(2)
    const held = [await world.lease(undefined, 100), await world.lease(undefined, 100)]
    world.server('a').mode = 'up'
    await world.clock.advance(30_000)
    const waiting = world.upstream.acquire()
    await world.clock.advance(100)

    held[0]?.release()
    await world.clock.advance(100)

    expect(held.map((lease) => nameOf(lease))).toEqual(['b', 'b'])
    expect(nameOf(await waiting)).toBe('a')
  })

  test('gives up what is idle', async () => {
    const world = given(2)
    const held = [await world.lease(undefined, 100), await world.lease(undefined, 100)]
    for (const lease of held) lease.release()
    world.server('a').mode = 'up'
    await world.clock.advance(30_000)

    const leases = [await world.lease(undefined, 100), await world.lease(undefined, 100)]

    expect(leases.map((lease) => nameOf(lease))).toEqual(['a', 'a'])
  })

  test('gives up what was still being dialed when somebody began to wait', async () => {
    const world = given(1)
    world.server('b').dialMs = 900
    const first = world.upstream.acquire()
    await world.clock.advance(850)
    world.server('a').mode = 'up'
    const second = world.upstream.acquire({ timeoutMs: 5_000 })
    await world.clock.advance(60)
    ;(await first).release()
    await world.clock.advance(1_000)

    expect(nameOf(await first)).toBe('b')
    expect(nameOf(await second)).toBe('a')
  })
})

describe('failover', () => {
  test('uses the first that can be used, in the order given', async () => {
    const world = givenUpstream(3, { balance: 'failover' })
    const before = await world.homes(2)
    world.server('a').mode = 'refusing'
    for (const peer of world.server('a').open) peer.kill()

    expect([before, await world.homes(2)]).toEqual(['aa', 'bb'])
  })
})

describe('what is idle at an endpoint that is not to be used', () => {
  test('at a backup serves nobody while the others are up', async () => {
    const world = givenUpstream(0, { endpoints: ['a:1', { endpoint: 'b:1', backup: true }], pool: { maxSize: 1 } })
    world.server('a').mode = 'refusing'
    const before = await world.homes(1)
    world.server('a').mode = 'up'
    await world.clock.advance(60_000)
    const held = await world.lease()

    const waiting = world.upstream.acquire()
    await world.clock.advance(1_000)
    const tried = world.upstream.tryAcquire()
    held.release()

    expect([before, nameOf(held), tried, (await waiting).info.endpoint]).toEqual(['b', 'a', undefined, 'a:1'])
  })

  test('serves, where only its dials fail', async () => {
    const world = givenUpstream(2, { pool: { maxSize: 1 } })
    const first = await world.lease()
    world.server('a').mode = 'refusing'
    first.release()
    const held = await world.lease()
    const other = world.upstream.tryAcquire()

    expect([nameOf(first), nameOf(held), other?.info.endpoint]).toEqual(['a', 'b', 'a:1'])
  })
})
