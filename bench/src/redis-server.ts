import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { acceptsWithin } from './accepts-within.ts'
import { freePort } from './free-port.ts'

export interface RedisServer {
  readonly port: number
  readonly version: string
  stop(): Promise<void>
}

/** Starts a redis-server of our own on a free loopback port; undefined where none is installed. */
export async function startRedis(): Promise<RedisServer | undefined> {
  const version = await installedVersion()
  if (version === undefined) return undefined
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'connpool-bench-'))
  const settings = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  const server = spawn('redis-server', settings, { stdio: 'ignore' })
  const exited = once(server, 'exit')
  const stop = async (): Promise<void> => {
    server.kill()
    await exited
    await rm(folder, { recursive: true })
  }
  if (!(await acceptsWithin(port, 5_000))) {
    await stop()
    throw new Error(`redis-server does not accept connections on port ${port}`)
  }
  return { port, version, stop }
}

async function installedVersion(): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('redis-server', ['--version'])
    return `redis-server ${/v=(\S+)/.exec(stdout)?.[1] ?? 'of an unknown version'}`
  } catch {
    return undefined
  }
}
