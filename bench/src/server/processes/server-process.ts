import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { acceptsWithin } from '../../accepts-within.ts'

/** A server in a process of its own, on loopback. */
export interface ServerProcess {
  readonly port: number
  readonly pid: number
  /** Ends it, and resolves when it is gone. */
  stop(): Promise<void>
}

/** What was started, in case this process ends before it has stopped it. */
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts a program that is to listen on `port`. */
export async function startProgram(command: string, args: readonly string[], port: number): Promise<ServerProcess> {
  const child = keep(spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] }))
  const stop = (): Promise<void> => end(child, () => child.kill())
  if (await acceptsWithin(port, 5_000)) return { port, pid: pidOf(child), stop }
  await stop()
  throw new Error(`${command} does not accept connections on port ${port}`)
}

/** A file of `dist/server/processes`, also where this one runs as TypeScript: a test runner's loader reaches no other process. */
export function forkMain(name: string, args: readonly string[] = []): ChildProcess {
  const path = fileURLToPath(new URL(`../../../dist/server/processes/${name}.js`, import.meta.url))
  // Flags that profile are for those who are measured as well; those of a test runner are not.
  const execArgv = process.execArgv.filter((flag) => flag.startsWith('--cpu-prof'))
  return keep(fork(path, args, { execArgv, serialization: 'advanced' }))
}

/** What it sends next. Rejects when it ends instead. */
export function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null, signal: string | null): void => {
      reject(new Error(`${child.spawnargs.join(' ')} ended with ${code ?? signal} before it answered`))
    }
    child.once('exit', onExit)
    child.once('message', (message) => {
      child.off('exit', onExit)
      resolve(message)
    })
  })
}

/** The port that it says it listens on, and how to end it: it ends by itself when nobody is connected to it any more. */
export async function listeningMain(child: ChildProcess): Promise<ServerProcess> {
  const port = await nextMessage(child)
  if (typeof port !== 'number') throw new Error(`${child.spawnargs.join(' ')} answered ${JSON.stringify(port)}`)
  return { port, pid: pidOf(child), stop: () => end(child, () => child.disconnect()) }
}

function keep(child: ChildProcess): ChildProcess {
  running.add(child)
  return child.once('exit', () => running.delete(child))
}

function pidOf({ pid, spawnargs }: ChildProcess): number {
  if (pid === undefined) throw new Error(`${spawnargs.join(' ')} could not be started`)
  return pid
}

async function end(child: ChildProcess, ask: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const exited = once(child, 'exit')
  ask()
  await exited
}
