import { Command, CommanderError } from 'commander'

import type { BenchFlags, Commands, ServeFlags } from './commands.ts'
import { EXIT_STATUS, type ExitStatus } from './exit-status.ts'
import { BENCH_HELP, CHECK_HELP, PROGRAM_HELP, SERVE_HELP } from './help-texts.ts'
import type { Terminal } from './terminal.ts'

/** Reads a command line, without the program's name, and does what it says. Resolves with the exit status; never exits. */
export async function runProgram(
  argv: readonly string[],
  { commands, terminal, version }: { commands: Commands; terminal: Terminal; version: string },
): Promise<ExitStatus> {
  let status: ExitStatus = EXIT_STATUS.good
  const program = newProgram(terminal, version)
  addServe(program, async (flags, file) => {
    status = await commands.serve(flags, file)
  })
  addCheck(program, async (file) => {
    status = await commands.check(file)
  })
  addBench(program, async (endpoint, flags) => {
    status = await commands.bench(endpoint, flags)
  })
  try {
    await program.parseAsync(argv, { from: 'user' })
    return status
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_STATUS.good : EXIT_STATUS.unusable
    throw error
  }
}

/** Commands inherit how errors and help are said, so that has to be settled before they are added. */
function newProgram(terminal: Terminal, version: string): Command {
  return new Command('connpool')
    .description('Many clients over few well-kept connections: a front server for TCP backends.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', PROGRAM_HELP)
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => terminal.say(text.trimEnd()),
      writeErr: (text) => terminal.complain(text.trimEnd()),
    })
}

function addServe(program: Command, act: (flags: ServeFlags, file: string | undefined) => Promise<void>): void {
  program
    .command('serve')
    .summary('serve clients over pooled connections')
    .description('Serves as a configuration file says, or as these flags do for one listener.')
    .argument('[config.yaml]', 'the configuration; the flags marked * go above what it says')
    .option('--listen <address>', 'where clients connect: HOST:PORT, unix:PATH or systemd:NAME')
    .option('--backend <endpoint>', 'HOST:PORT, tls://HOST:PORT or unix:PATH; may be given several times', collect)
    .option('--protocol <name>', 'tcp, lines, length-prefixed, redis or memcached (default: tcp, with --demo redis)')
    .option('--min-size <count>', 'connections kept open to each backend (default: 0)')
    .option('--max-size <count>', 'connections to each backend at most (default: 10)')
    .option('--max-clients <count>', 'clients at the same time (default: 10000)')
    .option('--request-timeout <duration>', 'how long a request may take, as 500ms or 5s (default: 5s; not with tcp)')
    .option('--workers <count>', '* processes that serve: a number, or auto (default: 1)')
    .option('--dispatch <mode>', '* who accepts: kernel (each worker) or balanced (the primary) (default: kernel)')
    .option('--admin <address>', '* where the admin pages are: HOST:PORT, or off (default: 127.0.0.1:9900)')
    .option('--drain-timeout <duration>', '* how long sessions may take to end at SIGTERM (default: 30s)')
    .option('--log-level <level>', '* debug, info, warn, error or silent (default: info)')
    .option('--demo', 'serve an embedded backend, on 127.0.0.1:6380 unless --listen says otherwise')
    .addHelpText('after', SERVE_HELP)
    .action(async (file: string | undefined, flags: ServeFlags) => await act(flags, file))
}

function addCheck(program: Command, act: (file: string) => Promise<void>): void {
  program
    .command('check')
    .summary('check a configuration and dial its backends')
    .description('Reads a configuration, tells all that is wrong with it, and dials every backend: one line each.')
    .argument('<config.yaml>', 'the configuration')
    .addHelpText('after', CHECK_HELP)
    .action(async (file: string) => await act(file))
}

function addBench(program: Command, act: (endpoint: string, flags: BenchFlags) => Promise<void>): void {
  program
    .command('bench')
    .summary('load a backend without and with a pool')
    .description('Sends requests to a backend, first with a dial for each, then through a pool, and compares.')
    .argument('<endpoint>', 'HOST:PORT, tls://HOST:PORT or unix:PATH')
    .option('--protocol <name>', 'redis (sends PING) or lines (sends the line PING)', 'redis')
    .option('--requests <count>', 'how many requests each time, at most', '10000')
    .option('--duration <duration>', 'how long each time, at most', '5s')
    .option('--concurrency <count>', 'requests under way at the same time', '50')
    .option('--max-size <count>', 'connections of the pool', '10')
    .option('--yes', 'load it although its address is not a private one')
    .addHelpText('after', BENCH_HELP)
    .action(async (endpoint: string, flags: BenchFlags) => await act(endpoint, flags))
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}
