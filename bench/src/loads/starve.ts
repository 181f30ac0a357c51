import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { type SubjectName, subjects } from '../subjects/subjects.ts'
import type { Load } from './load.ts'

/** `callers` ask an empty pool at once and never let go; a dial takes `dialMs`. When is the last one served? */
export interface StarveJob {
  readonly load: 'starve'
  readonly subject: SubjectName
  readonly callers: number
  readonly dialMs: number
}

export async function openStarve(job: StarveJob): Promise<Load> {
  const openPool = await subjects[job.subject]()
  return {
    async round() {
      const dial = async (): Promise<object> => {
        await sleep(job.dialMs)
        return {}
      }
      const pool = openPool({ size: job.callers, dial })
      const startedAt = performance.now()
      const leases = await Promise.all(Array.from({ length: job.callers }, () => pool.acquire()))
      const lastServedMs = performance.now() - startedAt
      for (const lease of leases) pool.release(lease) // no longer part of the case: so that the pool can close
      await pool.close()
      return { lastServedMs }
    },
    end: async () => {},
  }
}
