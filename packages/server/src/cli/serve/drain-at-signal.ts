import type { FrontServer } from '../../front-server.ts'
import type { DrainReport } from '../../server-core.ts'

const SIGNALS = ['SIGTERM', 'SIGINT'] as const

/** Waits for a signal to stop, then drains; a second signal cuts what is left. Resolves when everything is closed. */
export async function drainAtSignal(server: FrontServer): Promise<DrainReport> {
  return await new Promise((resolve, reject) => {
    let isDraining = false
    const stop = (): void => {
      const closed = server.close(isDraining ? { graceMs: 0 } : {})
      isDraining = true
      closed.then(resolve, reject).finally(() => forget())
    }
    const forget = (): void => {
      for (const signal of SIGNALS) process.off(signal, stop)
    }
    for (const signal of SIGNALS) process.on(signal, stop)
  })
}
