import type { BenchPlan } from './bench-plan.ts'
import type { Way } from './way.ts'

/** What a load has measured. Times are milliseconds. */
export interface LoadReport {
  /** How long the requests took that were answered, the shortest first. */
  readonly sorted: Float64Array
  readonly failures: number
  readonly firstError: unknown
  readonly elapsedMs: number
}

/** What is under way when the time is up may take so much longer. */
const GRACE_MS = 2_000

/** Asks as often and as long as the plan says, so many at a time. Never rejects: failures are counted. */
export async function runLoad(plan: BenchPlan, way: Way): Promise<LoadReport> {
  const load = new Load(plan, way)
  const cut = setTimeout(() => void way.close(), plan.durationMs + GRACE_MS)
  await load.run()
  clearTimeout(cut)
  await way.close()
  return load.report()
}

/** The time that this part of the requests did not exceed; NaN if none was answered. */
export function quantile(sorted: Float64Array, part: number): number {
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN
}

class Load {
  readonly #plan: BenchPlan
  readonly #way: Way
  readonly #times: Float64Array
  readonly #startedAt = performance.now()
  #started = 0
  #answered = 0
  #failures = 0
  #firstError: unknown
  #endedAt = 0

  constructor(plan: BenchPlan, way: Way) {
    this.#plan = plan
    this.#way = way
    this.#times = new Float64Array(plan.requests)
  }

  async run(): Promise<void> {
    const { concurrency, requests } = this.#plan
    await Promise.all(Array.from({ length: Math.min(concurrency, requests) }, async () => await this.#askInTurn()))
    this.#endedAt = performance.now()
  }

  report(): LoadReport {
    const sorted = this.#times.subarray(0, this.#answered).toSorted()
    const elapsedMs = this.#endedAt - this.#startedAt
    return { sorted, failures: this.#failures, firstError: this.#firstError, elapsedMs }
  }

  async #askInTurn(): Promise<void> {
    while (this.#isToGoOn) await this.#askOnce()
  }

  get #isToGoOn(): boolean {
    const { requests, durationMs } = this.#plan
    return this.#started < requests && performance.now() - this.#startedAt < durationMs
  }

  async #askOnce(): Promise<void> {
    this.#started++
    const askedAt = performance.now()
    try {
      await this.#way.ask()
      this.#times[this.#answered++] = performance.now() - askedAt
    } catch (error) {
      this.#failures++
      this.#firstError ??= error
    }
  }
}
