import { expect, test } from 'vitest'

import { howMany } from '../how-many.ts'
import { Life, type Manner } from './life.ts'

const from = Number(process.env['SIMULATION_FROM'] ?? 1)
const seeds = Number(process.env['SIMULATION_SEEDS'] ?? howMany({ quick: 100, full: 300 }))

test(`an upstream keeps its promises through ${seeds} lives`, { timeout: 10_000_000 }, async () => {
  for (let seed = from; seed < from + seeds; seed++) await live(seed, 'changing')
})

test(`breakers change and dials are made as they may, through ${seeds} lives`, { timeout: 10_000_000 }, async () => {
  let changes = 0
  for (let seed = from; seed < from + seeds; seed++) changes += await live(seed, 'staying')

  expect(changes).toBeGreaterThanOrEqual(seeds < 100 ? 0 : seeds) // a few lives may well be quiet
})

/** Answers how often breakers have changed. */
async function live(seed: number, manner: Manner): Promise<number> {
  const life = new Life(seed, manner)
  try {
    await life.live()
  } catch (error) {
    const { plan, story } = life
    const lines = [`seed ${seed}, endpoints ${manner}: ${String(error)}`, JSON.stringify(plan), ...story.slice(-60)]
    expect.fail([...lines, (error as Error).stack].join('\n'))
  }
  return life.breakerChanges
}
