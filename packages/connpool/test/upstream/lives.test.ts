import { expect, test } from 'vitest'

import { Life } from './life.ts'

const from = Number(process.env['SIMULATION_FROM'] ?? 1)
const seeds = Number(process.env['SIMULATION_SEEDS'] ?? 300)

test(`an upstream keeps its promises through ${seeds} lives`, { timeout: 10_000_000 }, async () => {
  for (let seed = from; seed < from + seeds; seed++) {
    const life = new Life(seed)
    try {
      await life.live()
    } catch (error) {
      const { plan, story } = life
      expect.fail(
        [`seed ${seed}: ${String(error)}`, JSON.stringify(plan), ...story.slice(-60), (error as Error).stack].join(
          '\n',
        ),
      )
    }
  }
})
