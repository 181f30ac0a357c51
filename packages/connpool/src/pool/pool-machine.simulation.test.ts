/**
 * Long lives by chance, where `pool-machine.exhaustive.test.ts` lives all short ones: drawn rules, drawn events, the
 * same account and the same checks. `MACHINE_FROM=17 MACHINE_SEEDS=1` lives seed 17 again.
 */
import { expect, test } from 'vitest'

import { howMany } from '../../test/how-many.ts'
import { wander } from '../../test/machine/wander.ts'

const FROM = Number(process.env['MACHINE_FROM'] ?? 1)
const SEEDS = Number(process.env['MACHINE_SEEDS'] ?? howMany({ quick: 500, full: 1_500 }))
const EVENTS = 150
const NO_LIMIT_MS = 10 ** 9
const MOST_LINES = 300

test(`${SEEDS} long lives keep every promise`, { timeout: NO_LIMIT_MS }, () => {
  for (let seed = FROM; seed < FROM + SEEDS; seed++) {
    const { story, error } = wander(seed, EVENTS)
    if (error !== undefined) expect.fail([`seed ${seed}: ${error.stack}`, ...story.slice(-MOST_LINES)].join('\n  '))
  }
})
