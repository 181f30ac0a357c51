import { freePort } from '../../free-port.ts'
import { programVersion } from './program-version.ts'
import type { Proxy } from './proxy.ts'
import { startProgram } from './server-process.ts'
import { startWithFile } from './start-with-file.ts'

/** In tcp mode, with one thread, as the front server has one process. */
export const haproxy: Proxy = {
  name: 'HAProxy',
  version: () => programVersion('haproxy', '-v'),
  async start(backend) {
    const port = await freePort()
    return await startWithFile(configuration(port, backend), (file) =>
      startProgram('haproxy', ['-db', '-q', '-f', file], port),
    )
  },
}

function configuration(port: number, backend: { readonly port: number; readonly clients: number }): string {
  return `
global
  nbthread 1
  maxconn ${backend.clients + 100}
defaults
  mode tcp
  maxconn ${backend.clients + 100}
  timeout connect 5s
  timeout client 10m
  timeout server 10m
frontend front
  bind 127.0.0.1:${port} backlog 4096
  default_backend back
backend back
  server one 127.0.0.1:${backend.port}
`
}
