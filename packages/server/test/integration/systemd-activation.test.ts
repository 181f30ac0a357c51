import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, expect, test } from 'vitest'

import { resolveConfig } from '../../src/index.ts'
import { BoundSockets } from '../../src/workers/bound-sockets.ts'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'connpool-systemd-'))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Starts the server as systemd does: descriptor 3 is the socket, and the variables are for this very process. */
function activated(fd: number, backend: string): ChildProcess {
  const command = 'LISTEN_FDS=1 LISTEN_FDNAMES=front LISTEN_PID=$$ exec "$0" "$@"'
  const flags = ['--listen', 'systemd:front', '--backend', backend, '--protocol', 'lines', '--admin', 'off']
  const stdio = ['ignore', 'pipe', 'ignore', fd] as const
  return spawn('sh', ['-c', command, process.execPath, CLI, 'serve', ...flags], { stdio: [...stdio] })
}

test.each([
  ['a port', '127.0.0.1:0'],
  ['a Unix socket', `unix:${join(folder, 'front.sock')}`],
])('clients of %s that was opened for the server are served', async (_what, listen) => {
  const echo = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1')
  await once(echo, 'listening')
  const [listener] = resolveConfig({
    listeners: [{ name: 'front', listen, protocol: 'lines', handle: () => '' }],
  }).listeners
  const sockets = new BoundSockets({ systemdFd: () => -1 })
  if (listener !== undefined) await sockets.open(listener)
  const socket = sockets.of('front') as unknown as { fd: number; getsockname?: (out: Partial<AddressInfo>) => number }
  const out: Partial<AddressInfo> = {}
  socket.getsockname?.(out)
  const child = activated(socket.fd, `127.0.0.1:${(echo.address() as AddressInfo).port}`)
  try {
    await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), once(child, 'exit')])
    const client = out.port === undefined ? connect(listen.slice('unix:'.length)) : connect(out.port, '127.0.0.1')
    client.end('hello\n')

    expect((await client.toArray()).join('')).toBe('hello\n')
  } finally {
    if (child.exitCode === null) {
      child.kill()
      await once(child, 'exit')
    }
    sockets.closeAll()
    echo.close()
  }
  expect(child.exitCode).toBe(0)
})
