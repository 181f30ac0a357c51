import { FakeClock } from 'connpool/testing'
import { describe, expect, test } from 'vitest'

import { ShareKeeper } from './share-keeper.ts'

class Given {
  readonly clock = new FakeClock()
  readonly told: string[] = []
  connections = 5
  readonly keeper: ShareKeeper = new ShareKeeper({
    clock: this.clock,
    connections: () => this.connections,
    setShare: (upstream, share) => this.told.push(`${upstream} may have ${share}`),
    confirm: (upstream, order) => this.told.push(`${upstream}: order ${order} done`),
  })
}

describe('an order', () => {
  test('is confirmed at once when there are no more connections than it allows', () => {
    const { keeper, told } = new Given()

    keeper.take({ upstream: 'redis', share: 5, order: 1 })

    expect(told).toEqual(['redis may have 5', 'redis: order 1 done'])
  })

  test('is confirmed when enough connections are closed, and once', async () => {
    const given = new Given()
    given.keeper.take({ upstream: 'redis', share: 2, order: 1 })
    await given.clock.advance(50)
    const before = [...given.told]

    given.connections = 2
    await given.clock.advance(50)

    expect(before).toEqual(['redis may have 2'])
    expect(given.told).toEqual(['redis may have 2', 'redis: order 1 done'])
  })

  test('is void when another one comes', async () => {
    const given = new Given()
    given.keeper.take({ upstream: 'redis', share: 2, order: 1 })
    given.keeper.take({ upstream: 'redis', share: 4, order: 2 })

    given.connections = 0
    await given.clock.advance(50)

    expect(given.told).toEqual(['redis may have 2', 'redis may have 4', 'redis: order 2 done'])
  })
})

test('nothing is looked at while all is confirmed', () => {
  const { keeper, clock } = new Given()

  keeper.take({ upstream: 'redis', share: 5, order: 1 })

  expect(clock.pendingCount).toBe(0)
})
