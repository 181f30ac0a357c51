import { performance } from 'node:perf_hooks'
import { Pool } from 'connpool'
import { longestQueue } from '../subjects/subject.ts'
import { collectGarbage } from './collect-garbage.ts'
import type { Load, Sample } from './load.ts'

/** `waiters` queue behind one connection that never comes back, all with one signal, which is then aborted. */
export interface CancelJob {
  readonly load: 'cancel'
  readonly waiters: number
}

export async function openCancel(job: CancelJob): Promise<Load> {
  const pool = new Pool({ dial: () => ({}), maxSize: 1, maxWaiting: longestQueue })
  await pool.acquire() // held for ever

  const round = async (): Promise<Sample> => {
    collectGarbage()
    const aborter = new AbortController()
    const reason = new Error('cancelled by the bench')
    let rejected = 0
    let unexpected = 0
    let lastRejectedAt = 0
    let cpuMicros = 0
    let allRejected = (): void => {}
    const settled = new Promise<void>((resolve) => (allRejected = resolve))
    const onRejected = (error: unknown): void => {
      if (error !== reason) unexpected += 1
      rejected += 1
      if (rejected < job.waiters) return
      lastRejectedAt = performance.now()
      const { user, system } = process.cpuUsage(cpuAtAbort)
      cpuMicros = user + system
      allRejected()
    }
    const onServed = (): void => {
      unexpected += 1
    }

    const queuedAt = performance.now()
    for (let waiter = 0; waiter < job.waiters; waiter += 1) {
      pool.acquire({ signal: aborter.signal }).then(onServed, onRejected)
    }
    const cpuAtAbort = process.cpuUsage()
    const abortedAt = performance.now()
    aborter.abort(reason)
    const returnedAt = performance.now()
    await settled

    const { waiting } = pool.stats()
    if (unexpected > 0) throw new Error(`${unexpected} of ${job.waiters} waiters did not end with the signal's reason`)
    if (waiting > 0) throw new Error(`${waiting} cancelled waiters are still queued`)
    return {
      queueUsPerWaiter: ((abortedAt - queuedAt) * 1e3) / job.waiters,
      abortUsPerWaiter: ((returnedAt - abortedAt) * 1e3) / job.waiters,
      totalUsPerWaiter: ((lastRejectedAt - abortedAt) * 1e3) / job.waiters,
      totalCpuUsPerWaiter: cpuMicros / job.waiters,
    }
  }

  await round()
  await round()
  return {
    round,
    async end() {
      await pool.destroy()
    },
  }
}
