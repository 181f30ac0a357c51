import { expect, test } from 'vitest'

import { live } from './life.ts'
import { NaivePool } from './naive-pool.ts'
import { describeFailure } from './seeds.ts'
import { Violation } from './violation.ts'

test('a pool that trusts everybody does not survive', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const report = await live(seed, (options) => new NaivePool(options))

    expect(report.failure?.error, `seed ${seed}`).toBeInstanceOf(Violation)
  }
})

test('the alarm says how to replay it and what led to it', async () => {
  const report = await live(1, (options) => new NaivePool(options))

  const text = describeFailure(report)

  expect(text).toContain('npm run simulate -- --seeds 1 --from 1')
  expect(text).toContain('caller 1 asks')
  expect(text).toMatch(/Violation: [SL]\d+: /)
})
