import type { FrontServer } from '../../front-server.ts'
import type { DrainReport } from '../../engine.ts'

const STOP = ['SIGTERM', 'SIGINT'] as const

export type StopSignal = (typeof STOP)[number] | 'SIGHUP'

/** SIGHUP has another meaning where there is a file to read again; else its terminal is gone, and nobody looks any more. */
export function stopSignals(file: string | undefined): readonly StopSignal[] {
  return file === undefined ? [...STOP, 'SIGHUP'] : STOP
}

/**
 * Drains when a signal says to stop; a second signal cuts what is left. Resolves when everything is closed, also where
 * somebody else has asked for it.
 */
export async function drainAtSignal(server: FrontServer, signals: readonly StopSignal[]): Promise<DrainReport> {
  let isDraining = false
  const stop = (cause: NodeJS.Signals): void => {
    server.close(isDraining ? { graceMs: 0, cause } : { cause }).catch(saidByClosed)
    isDraining = true
  }
  for (const signal of signals) process.on(signal, stop)
  try {
    return await server.closed
  } finally {
    for (const signal of signals) process.off(signal, stop)
  }
}

function saidByClosed(): void {}
