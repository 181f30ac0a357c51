import type { FrontServer } from '../../front-server.ts'

/**
 * At each SIGUSR2 the workers are replaced; how that goes is in the server's log. Those that start are new: nothing is done to
 * them. What it returns ends that.
 */
export function restartAtSignal(server: Pick<FrontServer, 'restartWorkers'>, started: Promise<boolean>): () => void {
  let hasStarted = false
  void started.then((is) => (hasStarted = is))
  const asked = (): void => {
    if (hasStarted) server.restartWorkers().catch(saidInItsLog)
  }
  process.on('SIGUSR2', asked)
  return () => void process.off('SIGUSR2', asked)
}

function saidInItsLog(): void {}
