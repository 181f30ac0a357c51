import { expect, test } from 'vitest'

import { ShareWorld, type ShareWorldPlan } from '../../test/dispatch/share-world.ts'

const SEEDS = Number(process.env['SHARE_SEEDS'] ?? 8)
const seeds = Array.from({ length: SEEDS }, (_, index) => index + 1)

const PLAN: ShareWorldPlan = {
  seed: 1,
  workers: 4,
  limit: 20,
  demand: () => 0,
  deathEveryMs: Infinity,
  messageMs: 2,
  leaseMs: 100,
  forMs: 4_000,
}

test.each(seeds)('the limit holds whatever the load and whoever dies, seed %i', (seed) => {
  for (const limit of [1, 3, 4, 7, 20]) {
    const world = new ShareWorld({
      ...PLAN,
      seed,
      limit,
      deathEveryMs: 200,
      messageMs: seed % 2 === 0 ? 2 : 60,
      demand: (_, __, random) => (random.chance(0.5) ? random.whole(0, 2 * limit) : 0),
    })

    expect(world.most).toBe(limit)
    expect(world.machine.reserved).toBe(limit)
    if (limit >= PLAN.workers) expect(Math.min(...world.shares)).toBeGreaterThan(0)
  }
})

test.each(seeds)('one that alone needs all gets all but one for each other within a second, seed %i', (seed) => {
  const world = new ShareWorld({
    ...PLAN,
    seed,
    forMs: 3_000,
    demand: (seat, now) => (now < 2_000 ? 20 : seat === 2 ? 50 : 0),
  })

  expect(world.shares).toEqual([1, 1, 17, 1])
  expect(world.orders.slice(12).filter(Boolean)).toEqual([])
})

test.each(seeds)('those who all need more than there is have even parts, and keep them, seed %i', (seed) => {
  const world = new ShareWorld({ ...PLAN, seed, limit: 22, demand: (_, __, random) => random.whole(7, 40) })

  expect(world.shares.toSorted((one, other) => one - other)).toEqual([5, 5, 6, 6])
  expect(world.orders.slice(4).filter(Boolean)).toEqual([])
})

test.each(seeds)('needs that vary a little move nothing to and fro, seed %i', (seed) => {
  const world = new ShareWorld({
    ...PLAN,
    seed,
    demand: (seat, _, random) => (seat === 0 ? 50 : random.whole(3, 4)),
  })

  const later = world.orders.slice(8).reduce((sum, each) => sum + each, 0)

  expect(world.shares).toEqual([8, 4, 4, 4])
  expect(later).toBeLessThan(12)
})

test('two that share one slot take turns', () => {
  const turns = [1, 2, 3, 4].map((seconds) => {
    const world = new ShareWorld({ ...PLAN, workers: 2, limit: 1, forMs: seconds * 1_000 + 500, demand: () => 1 })
    return world.shares.indexOf(1)
  })

  expect(turns).toContain(0)
  expect(turns).toContain(1)
})
