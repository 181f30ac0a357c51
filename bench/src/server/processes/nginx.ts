import { existsSync } from 'node:fs'
import { freePort } from '../../free-port.ts'
import { programVersion } from './program-version.ts'
import type { Proxy } from './proxy.ts'
import { startProgram } from './server-process.ts'
import { startWithFile } from './start-with-file.ts'

/** Where packages put it. An nginx without it may have it built in. */
const module = '/usr/lib/nginx/modules/ngx_stream_module.so'

/** Its stream module, with one worker. */
export const nginx: Proxy = {
  name: 'nginx',
  version: () => programVersion('nginx', '-v'),
  async start(backend) {
    const port = await freePort()
    return await startWithFile(configuration(port, backend), (file, folder) =>
      startProgram('nginx', ['-e', 'stderr', '-p', folder, '-c', file], port),
    )
  },
}

function configuration(port: number, backend: { readonly port: number; readonly clients: number }): string {
  return `
${existsSync(module) ? `load_module ${module};` : ''}
daemon off;
pid nginx.pid;
error_log stderr crit;
worker_processes 1;
events { worker_connections ${2 * backend.clients + 200}; }
stream {
  server {
    listen 127.0.0.1:${port} backlog=4096;
    proxy_pass 127.0.0.1:${backend.port};
  }
}
`
}
