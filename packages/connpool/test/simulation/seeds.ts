import { live, type LifeReport } from './life.ts'
import { SeededRandom } from '../../src/testing.ts'
import { drawPlan } from './plan.ts'
import type { MakePool } from './pool-under-test.ts'
import { Situations } from './situations.ts'

export interface Run {
  readonly from: number
  readonly seeds: number
}

export interface RunReport {
  readonly lives: number
  readonly events: number
  readonly situations: Situations
  readonly failure: LifeReport | undefined
}

/** Lives one life after the other, up to the first that fails. */
export async function runSeeds(
  { from, seeds }: Run,
  makePool: MakePool,
  progress: (report: RunReport) => void = () => undefined,
): Promise<RunReport> {
  const situations = new Situations()
  let lives = 0
  let events = 0
  for (const seed of inOrder(from, seeds)) {
    const report = await live(seed, makePool)
    lives++
    events += report.events
    situations.add(report.situations)
    const failure = report.failure && report
    if (failure !== undefined || lives % 500 === 0) progress({ lives, events, situations, failure })
    if (failure !== undefined) return { lives, events, situations, failure }
  }
  return { lives, events, situations, failure: undefined }
}

/** The lives that pin come last: from the first pin on Node tracks every promise, which makes all that follows slow. */
function inOrder(from: number, seeds: number): number[] {
  const all = Array.from({ length: seeds }, (_, index) => from + index)
  const pinning = new Set(all.filter((seed) => drawPlan(new SeededRandom(seed)).mayPin))
  return [...all.filter((seed) => !pinning.has(seed)), ...pinning]
}

/** What a person needs to find the cause: the seed, what was violated, and what led to it. */
export function describeFailure({ seed, failure }: LifeReport): string {
  if (failure === undefined) return `seed ${seed} lives`
  const replay = `npm run simulate -- --seeds 1 --from ${seed}`
  return [`seed ${seed} fails (${replay})`, ...failure.story, failure.error.stack ?? String(failure.error)].join('\n')
}
