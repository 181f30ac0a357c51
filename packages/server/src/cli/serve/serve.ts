import { ConfigError } from '../../config/config-error.ts'
import type { ConfigSource } from '../../config/config-source.ts'
import { RespBackend } from '../../demo/resp-backend.ts'
import { startScreen } from '../../demo/start-screen.ts'
import { FrontServer } from '../../front-server.ts'
import type { ServeFlags } from '../commands.ts'
import { EXIT_STATUS, type ExitStatus } from '../exit-status.ts'
import { problemLines } from '../flag-names.ts'
import type { Terminal } from '../terminal.ts'
import { drainAtSignal, stopSignals } from './drain-at-signal.ts'
import { reloadAtSignal } from './reload-at-signal.ts'
import { restartAtSignal } from './restart-at-signal.ts'
import { serveSource } from './serve-source.ts'
import { startErrorLine } from './start-error.ts'
import { startFacts } from './start-facts.ts'

/** Serves until a signal or the admin listener says to stop, and resolves when the last session has ended. */
export async function serve(flags: ServeFlags, file: string | undefined, terminal: Terminal): Promise<ExitStatus> {
  const demo = flags.demo === true && file === undefined ? await RespBackend.start() : undefined
  const demoEndpoint = demo === undefined ? undefined : `127.0.0.1:${demo.port}`
  try {
    const source = (): ConfigSource => serveSource(flags, file, demoEndpoint)
    const server = made(() => new FrontServer(source()), terminal)
    if (server === undefined) return EXIT_STATUS.unusable
    // Where nobody listens, these signals end a process: also one that is about to serve.
    const started = hasStarted(server, file, terminal)
    const stopReloading = file === undefined ? undefined : reloadAtSignal(server, source, { terminal, started })
    const stopRestarting = restartAtSignal(server, started)
    const ended = (status: ExitStatus): ExitStatus => {
      stopReloading?.()
      stopRestarting()
      return status
    }
    const drained = drainAtSignal(server, stopSignals(file), started)
    if (!(await started)) return ended(EXIT_STATUS.unusable)
    terminal.say(startScreen(startFacts(server, demoEndpoint)).trimEnd())
    const { cut } = await drained
    return ended(cut === 0 ? EXIT_STATUS.good : EXIT_STATUS.bad)
  } finally {
    await demo?.close()
  }
}

/** Undefined, and said why, when the configuration is wrong. */
function made(make: () => FrontServer, terminal: Terminal): FrontServer | undefined {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    for (const line of problemLines(error)) terminal.complain(line)
    return undefined
  }
}

/** False, and said why, when an address cannot be had. */
async function hasStarted(server: FrontServer, file: string | undefined, terminal: Terminal): Promise<boolean> {
  try {
    await server.start()
    return true
  } catch (error) {
    terminal.complain(`error: ${startErrorLine(error as Error, file === undefined ? undefined : server.settings)}`)
    return false
  }
}
