/**
 * Every life of a few events, of pools of one, two or three connections and at most three waiters: after each event
 * all promises are compared with an account that is kept of what the effects told. `EXHAUSTIVE_DEPTH=9` goes deeper.
 */
import { afterAll, expect, test } from 'vitest'

import { howMany } from '../../test/how-many.ts'
import { explore, type Exploration, type Failure } from '../../test/machine/explore.ts'
import { WORLDS } from '../../test/machine/worlds.ts'

const DEPTH = process.env['EXHAUSTIVE_DEPTH']
/** Each event more takes several times as long, as there are so many more lives. */
const DEEPEST = howMany({ quick: 6, full: Infinity })
const NO_LIMIT_MS = 10 ** 9
const MOST_LINES = 24

const sum = { lives: 0, events: 0, ms: 0 }

for (const world of WORLDS) {
  const depth = DEPTH === undefined ? Math.min(world.depth, DEEPEST) : Number(DEPTH)

  test(`every life of ${depth} events keeps its promises: ${world.name}`, { timeout: NO_LIMIT_MS }, () => {
    const { failures } = counted(() => explore(world, { depth, ending: 'open' }))

    if (failures.length > 0) expect.fail(tell(failures))
  })

  test(`every life of ${world.depthWithEnd} events comes to a good end: ${world.name}`, () => {
    const { failures } = counted(() => explore(world, { depth: world.depthWithEnd, ending: 'good' }))

    if (failures.length > 0) expect.fail(tell(failures))
  })
}

afterAll(() => {
  const perSecond = Math.round((sum.lives * 1_000) / sum.ms)
  process.stdout.write(`exhaustive: ${sum.lives} lives, ${sum.events} events, ${perSecond} lives/s\n`)
})

function counted(run: () => Exploration): Exploration {
  const startedAt = performance.now()
  const exploration = run()
  sum.ms += performance.now() - startedAt
  sum.lives += exploration.lives
  sum.events += exploration.events
  return exploration
}

/** For each way to fail the shortest story. */
function tell(failures: readonly Failure[]): string {
  return failures
    .map(({ error, story }) => {
      const lines = story.length > MOST_LINES ? [...story.slice(0, MOST_LINES), '…'] : story
      return [error.name === 'Violation' ? error.message : error.stack, ...lines].join('\n  ')
    })
    .join('\n\n')
}
