import { Pool } from 'connpool'
import { longestQueue } from '../subjects/subject.ts'
import { settledHeapBytes } from './collect-garbage.ts'
import type { Load } from './load.ts'

/** `waiters` queue behind one connection that never comes back; what each adds to the heap, its promise included. */
export interface WaiterMemoryJob {
  readonly load: 'waiter-memory'
  readonly waiters: number
  /** `bare promises` weighs a promise and its resolve function alone, for comparison. */
  readonly queued: 'in connpool' | 'in connpool, with one signal' | 'as bare promises'
}

export async function openWaiterMemory(job: WaiterMemoryJob): Promise<Load> {
  const pool = new Pool({ dial: () => ({}), maxSize: 1, maxWaiting: longestQueue })
  const holder = await pool.acquire()

  // Allocated beforehand, so that what the bench keeps is not weighed.
  const promises = new Array<Promise<unknown>>(job.waiters).fill(Promise.resolve())
  const resolves = new Array<(() => void) | undefined>(job.waiters).fill(undefined)

  return {
    async round() {
      const aborter = new AbortController()
      const { signal } = aborter
      const before = await settledHeapBytes()
      for (let waiter = 0; waiter < job.waiters; waiter += 1) {
        switch (job.queued) {
          case 'in connpool':
            promises[waiter] = pool.acquire()
            break
          case 'in connpool, with one signal':
            promises[waiter] = pool.acquire({ signal })
            break
          case 'as bare promises':
            promises[waiter] = new Promise<void>((resolve) => (resolves[waiter] = resolve))
            break
        }
      }
      const after = await settledHeapBytes()
      const waiting = job.queued === 'as bare promises' ? job.waiters : pool.stats().waiting
      if (waiting !== job.waiters) throw new Error(`${waiting} of ${job.waiters} acquires wait`)
      return { bytesPerWaiter: (after - before) / job.waiters }
    },
    async end() {
      const served = Promise.allSettled(promises)
      holder.discard()
      await pool.destroy()
      for (const resolve of resolves) resolve?.()
      await served
    },
  }
}
