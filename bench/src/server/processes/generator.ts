import type { OpenLoop, OpenLoopResult } from './open-loop.ts'
import { forkMain, nextMessage } from './server-process.ts'

/** Sends requests at a given rate from a process of its own. */
export async function generate(load: OpenLoop): Promise<OpenLoopResult> {
  const child = forkMain('generator-main')
  child.send(load)
  const result = (await nextMessage(child)) as OpenLoopResult // its main file sends nothing else
  child.disconnect()
  return result
}
