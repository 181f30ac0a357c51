import { Pool } from 'connpool'

import type { BenchPlan } from './bench-plan.ts'
import { exchange } from './exchange.ts'
import type { Way } from './way.ts'

/** Few connections, lent again and again. */
export class PooledWay implements Way {
  readonly name: string
  readonly #plan: BenchPlan
  readonly #pool: Pool

  constructor(plan: BenchPlan) {
    const { endpoint, maxSize, durationMs } = plan
    this.name = `pool of ${maxSize}`
    this.#plan = plan
    this.#pool = new Pool({ endpoint, maxSize, acquireTimeoutMs: durationMs })
  }

  async ask(): Promise<void> {
    await this.#pool.use(async (socket) => await exchange(socket, this.#plan.speech))
  }

  get dials(): number {
    return this.#pool.stats().dials
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }
}
