import type { FrontServer } from '../../front-server.ts'
import type { DrainReport } from '../../server-core.ts'

const STOP = ['SIGTERM', 'SIGINT'] as const

export type StopSignal = (typeof STOP)[number] | 'SIGHUP'

/** SIGHUP has another meaning where there is a file to read again; else its terminal is gone, and nobody looks any more. */
export function stopSignals(file: string | undefined): readonly StopSignal[] {
  return file === undefined ? [...STOP, 'SIGHUP'] : STOP
}

/** Waits for a signal to stop, then drains; a second signal cuts what is left. Resolves when everything is closed. */
export async function drainAtSignal(server: FrontServer, signals: readonly StopSignal[]): Promise<DrainReport> {
  return await new Promise((resolve, reject) => {
    let isDraining = false
    const stop = (): void => {
      const closed = server.close(isDraining ? { graceMs: 0 } : {})
      isDraining = true
      closed.then(resolve, reject).finally(() => forget())
    }
    const forget = (): void => {
      for (const signal of signals) process.off(signal, stop)
    }
    for (const signal of signals) process.on(signal, stop)
  })
}
