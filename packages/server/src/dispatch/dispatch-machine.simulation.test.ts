import { expect, test } from 'vitest'

import { WorkerWorld, type WorldPlan } from '../../test/dispatch/worker-world.ts'

const SEEDS = Number(process.env['DISPATCH_SEEDS'] ?? 6)

const PLAN: WorldPlan = {
  seed: 1,
  workers: 4,
  slots: 4,
  serviceMs: 5,
  load: 0.8,
  queueLimit: 40,
  maxClients: 150,
  maxClientsPerAddress: Infinity,
  overflowLimit: 30,
  deathEveryMs: 100,
  messageMs: 0.5,
  forMs: 1_000,
}

const seeds = Array.from({ length: SEEDS }, (_, index) => index + 1)

test.each(seeds)('whatever dies, each connection ends once and no promise is broken, seed %i', (seed) => {
  for (const load of [0.5, 3]) {
    for (const [maxClients, maxClientsPerAddress] of [
      [20, Infinity],
      [150, 9],
    ] as const) {
      const world = new WorkerWorld({ ...PLAN, seed, load, maxClients, maxClientsPerAddress })

      expect(world.connections.filter(({ ending }) => ending === undefined)).toEqual([])
      expect(world.machine.clients).toBe(0)
      expect(['a', 'b', 'c'].map((address) => world.machine.clientsFrom(address))).toEqual([0, 0, 0])
    }
  }
})

test.each(seeds)('nothing is lost while nobody dies, seed %i', (seed) => {
  const world = new WorkerWorld({ ...PLAN, seed, deathEveryMs: Infinity, maxClients: 2_000, overflowLimit: 2_000 })

  expect(world.count('served')).toBe(world.connections.length)
})

test('one address may have its number of clients all the time, and no more', () => {
  const serviceMs = 20
  const world = new WorkerWorld({ ...PLAN, serviceMs, load: 3, deathEveryMs: Infinity, maxClientsPerAddress: 5 })

  expect(world.count('too-many-from-address')).toBeGreaterThan(500)
  // Three addresses with five clients each keep fifteen slots busy, but for the time until it is known that one has gone.
  expect(world.count('served')).toBeGreaterThan(0.6 * 15 * (PLAN.forMs / serviceMs))
})

test.each(seeds)('bursts leave no worker idle while connections wait for one, seed %i', (seed) => {
  const world = new WorkerWorld({ ...PLAN, seed, load: 2, queueLimit: 12, deathEveryMs: Infinity })

  expect(world.machine.stats().steals).toBeGreaterThan(0)
  expect(world.idleMs / (PLAN.forMs * PLAN.workers)).toBeLessThan(0.01)
})
