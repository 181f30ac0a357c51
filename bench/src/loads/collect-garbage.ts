import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

// Exposed here rather than on the command line, so that every process that loads this file can collect.
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void // V8's own function, there once the flag is set

/** A full collection, so that a single event does not pay for the garbage of what came before. */
export function collectGarbage(): void {
  collect()
}

/** Bytes in use once nothing more can be freed: several collections, with turns between them for finalizers and closing handles. */
export async function settledHeapBytes(): Promise<number> {
  for (let pass = 0; pass < 3; pass += 1) {
    collectGarbage()
    await sleep(5)
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
