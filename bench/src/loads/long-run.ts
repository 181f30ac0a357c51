import { openConnpool } from '../subjects/connpool.ts'
import { burstOf, CountingDials } from './bursts.ts'
import { settledHeapBytes } from './collect-garbage.ts'
import type { Load } from './load.ts'

/** `operations` acquires and releases in five slices, half of them by one caller and half by 100; the heap after each. */
export interface LongRunJob {
  readonly load: 'long-run'
  readonly operations: number
}

const slices = 5
const callers = 100

export function openLongRun(job: LongRunJob): Load {
  const dials = new CountingDials()
  const pool = openConnpool({ size: 10, dial: dials.dial })

  return {
    async round() {
      const perSlice = job.operations / slices
      const heapBytes: number[] = []
      for (let slice = 0; slice < slices; slice += 1) {
        await burstOf(pool, { callers: 1, turns: perSlice / 2 })
        await burstOf(pool, { callers, turns: perSlice / 2 / callers })
        heapBytes.push(await settledHeapBytes())
      }
      const done = dials.uses
      if (done !== job.operations) throw new Error(`${done} leases were given, ${job.operations} expected`)
      // The first two slices are left out: V8 is still compiling and allocating feedback in them.
      const [, settled = NaN] = heapBytes
      const last = heapBytes.at(-1) ?? NaN
      return { grownKiB: (last - settled) / 1024, heapMiB: last / 1024 / 1024 }
    },
    async end() {
      await pool.close()
    },
  }
}
