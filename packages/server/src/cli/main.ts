import { bench } from './bench/bench.ts'
import { check } from './check/check.ts'
import type { Commands } from './commands.ts'
import { EXIT_STATUS, type ExitStatus } from './exit-status.ts'
import { ownVersion } from './own-version.ts'
import { runProgram } from './program.ts'
import { serve } from './serve/serve.ts'
import type { Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

/** All of `connpool`: reads the command line, does what it says and resolves with the exit status. */
export async function main(argv: readonly string[], terminal: Terminal): Promise<ExitStatus> {
  const commands: Commands = {
    serve: async (flags, file) => await serve(flags, file, terminal),
    check: async (file) => await check(file, terminal),
    bench: async (endpoint, flags) => await bench(endpoint, flags, terminal),
  }
  try {
    return await runProgram(argv, { commands, terminal, version: ownVersion() })
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    terminal.complain(`error: ${error.message}`)
    return EXIT_STATUS.unusable
  }
}
