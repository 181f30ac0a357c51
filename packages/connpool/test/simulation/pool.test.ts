import { expect, test } from 'vitest'

import { Pool } from '../../src/index.ts'
import { howMany } from '../how-many.ts'
import { live } from './life.ts'
import type { MakePool } from './pool-under-test.ts'
import { describeFailure, runSeeds } from './seeds.ts'

const from = Number(process.env['SIMULATION_FROM'] ?? 1)
// As many as CI has come into every situation that there is.
const seeds = Number(process.env['SIMULATION_SEEDS'] ?? howMany({ quick: 150, full: 2_000 }))

const makePool: MakePool = (options) => new Pool(options)

test(`a pool keeps its promises through ${seeds} lives`, { timeout: 10_000_000 }, async () => {
  const startedAt = performance.now()
  const report = await runSeeds({ from, seeds }, makePool, ({ lives, events }) => {
    const seconds = (performance.now() - startedAt) / 1_000
    console.log(`${lives} lives, ${events} events, ${Math.round(lives / seconds)} lives/s`)
  })

  if (report.failure !== undefined) expect.fail(describeFailure(report.failure))
  if (seeds >= 2_000) expect(report.situations.missing, 'situations that no life was in').toEqual([])
})

test('the same seed tells the same story', async () => {
  for (let seed = from; seed < from + 20; seed++) {
    const first = await live(seed, makePool)
    const second = await live(seed, makePool)

    expect(second.hash, `seed ${seed}`).toBe(first.hash)
  }
})
