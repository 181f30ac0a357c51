import type { FrontServer } from '../../front-server.ts'

/** At each SIGUSR2 the workers are replaced; how that goes is in the server's log. What it returns ends that. */
export function restartAtSignal(server: Pick<FrontServer, 'restartWorkers'>): () => void {
  const asked = (): void => {
    server.restartWorkers().catch(saidInItsLog)
  }
  process.on('SIGUSR2', asked)
  return () => void process.off('SIGUSR2', asked)
}

function saidInItsLog(): void {}
