import type { ConfigSource } from '../../config/config-source.ts'
import type { FrontServer } from '../../front-server.ts'
import type { Terminal } from '../terminal.ts'

/**
 * At each SIGHUP the server goes on with what `read` says then; if it cannot, with what it has, and its log says why. One that
 * comes while it starts is met when it has. What it returns ends that.
 */
export function reloadAtSignal(
  server: Pick<FrontServer, 'reload'>,
  read: () => ConfigSource,
  { terminal, started }: { readonly terminal: Terminal; readonly started: Promise<boolean> },
): () => void {
  let last = Promise.resolve()
  const reload = async (): Promise<void> => {
    if (!(await started)) return
    const source = sourceOf(read, terminal)
    if (source !== undefined) await server.reload(source).catch(saidInItsLog)
  }
  const asked = (): void => {
    last = last.then(reload)
  }
  process.on('SIGHUP', asked)
  return () => void process.off('SIGHUP', asked)
}

/** Undefined, and said why, when the file cannot be read. */
function sourceOf(read: () => ConfigSource, terminal: Terminal): ConfigSource | undefined {
  try {
    return read()
  } catch (error) {
    terminal.complain(`error: nothing is reloaded: ${(error as Error).message}`)
    return undefined
  }
}

function saidInItsLog(): void {}
