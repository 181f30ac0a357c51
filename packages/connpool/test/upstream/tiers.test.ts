// Backups, priorities and zones: who is used before whom.
import { describe, expect, test } from 'vitest'

import { givenUpstream } from './given.ts'

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

describe('failover', () => {
  test('uses the first that can be used, in the order given', async () => {
    const world = givenUpstream(3, { balance: 'failover' })
    const before = await world.homes(2)
    world.server('a').mode = 'refusing'
    for (const peer of world.server('a').open) peer.kill()

    expect([before, await world.homes(2)]).toEqual(['aa', 'bb'])
  })
})
