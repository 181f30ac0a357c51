import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { median } from '../statistics.ts'
import { type SubjectName, subjects } from '../subjects/subjects.ts'
import type { Load } from './load.ts'

/** `warm` open connections; then `callers` ask at once and hold for `holdMs`, while a dial takes `dialMs`. */
export interface SpikeJob {
  readonly load: 'spike'
  readonly subject: SubjectName
  readonly warm: number
  readonly dialMs: number
  readonly holdMs: number
  readonly callers: number
}

export async function openSpike(job: SpikeJob): Promise<Load> {
  const openPool = await subjects[job.subject]()

  const round = async (): Promise<{ totalMs: number; p50WaitMs: number; maxWaitMs: number; surplus: number }> => {
    let dials = 0
    const dial = async (): Promise<object> => {
      dials += 1
      await sleep(job.dialMs)
      return {}
    }
    const pool = openPool({ size: job.callers, dial })
    const warmed = await Promise.all(Array.from({ length: job.warm }, () => pool.acquire()))
    for (const lease of warmed) pool.release(lease)
    await sleep(job.dialMs * 2) // whatever warming has set off is over
    const dialsBefore = dials

    const waits: number[] = []
    const startedAt = performance.now()
    const call = async (): Promise<void> => {
      const lease = await pool.acquire()
      waits.push(performance.now() - startedAt)
      await sleep(job.holdMs)
      pool.release(lease)
    }
    await Promise.all(Array.from({ length: job.callers }, call))
    const totalMs = performance.now() - startedAt

    await sleep(job.dialMs * 2) // dials begun late count as well
    const surplus = dials - dialsBefore
    await pool.close()
    if (dialsBefore !== job.warm) throw new Error(`${job.subject} warmed ${dialsBefore} connections, not ${job.warm}`)
    return { totalMs, p50WaitMs: median(waits), maxWaitMs: Math.max(...waits), surplus }
  }

  await round()
  return { round, end: async () => {} }
}
