import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface AnswerServer {
  readonly port: number
  /** Kills its process, if it still runs. Resolves when it is gone. */
  kill(): Promise<void>
}

/** The built file, also where this one is run as TypeScript: a test runner's loader does not reach into processes. */
const serverMain = fileURLToPath(new URL('../dist/answer-server-main.js', import.meta.url))

/** Starts a server on loopback for each delay, in milliseconds, by which it answers. All or none; none outlives this process. */
export async function startAnswerServers(delaysMs: readonly number[]): Promise<readonly AnswerServer[]> {
  const starting = delaysMs.map(start)
  try {
    return await Promise.all(starting)
  } catch (error) {
    for (const started of await Promise.allSettled(starting)) {
      if (started.status === 'fulfilled') await started.value.kill()
    }
    throw error
  }
}

export async function killAll(servers: readonly AnswerServer[]): Promise<void> {
  await Promise.all(servers.map((server) => server.kill()))
}

async function start(delayMs: number): Promise<AnswerServer> {
  const child = fork(serverMain, [`${delayMs}`], { execArgv: [] }) // flags that profile are for those who are measured
  return { port: await portOf(child), kill: () => kill(child) }
}

function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('message', resolve)
    child.once('error', reject)
    child.once('exit', (code, signal) => reject(new Error(`a server ended with ${code ?? signal} before it listened`)))
  })
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
