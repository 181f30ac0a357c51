import type { FrontServer } from '../../front-server.ts'
import type { DrainReport } from '../../engine.ts'

const STOP = ['SIGTERM', 'SIGINT'] as const

export type StopSignal = (typeof STOP)[number] | 'SIGHUP'

/** SIGHUP has another meaning where there is a file to read again; else its terminal is gone, and nobody looks any more. */
export function stopSignals(file: string | undefined): readonly StopSignal[] {
  return file === undefined ? [...STOP, 'SIGHUP'] : STOP
}

/**
 * Drains when a signal says to stop; a second signal cuts what is left. One that comes while the server starts is met when it
 * has. Resolves when everything is closed, also where somebody else has asked for it.
 */
export async function drainAtSignal(
  server: Pick<FrontServer, 'close' | 'closed'>,
  signals: readonly StopSignal[],
  started: Promise<boolean>,
): Promise<DrainReport> {
  let isDraining = false
  const stop = (cause: NodeJS.Signals): void => {
    const options = isDraining ? { graceMs: 0, cause } : { cause }
    isDraining = true
    void started.then((is) => (is ? server.close(options).catch(saidByClosed) : undefined))
  }
  for (const signal of signals) process.on(signal, stop)
  try {
    return await server.closed
  } finally {
    for (const signal of signals) process.off(signal, stop)
  }
}

function saidByClosed(): void {}
