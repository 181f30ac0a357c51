import { freePort } from '../../free-port.ts'
import { programVersion } from './program-version.ts'
import type { Proxy } from './proxy.ts'
import { startProgram } from './server-process.ts'
import { startWithFile } from './start-with-file.ts'

/** For redis only: it puts the requests of all clients on one connection. */
export const twemproxy: Proxy = {
  name: 'twemproxy',
  version: () => programVersion('nutcracker', '-V'),
  async start(backend) {
    const [port, statsPort] = [await freePort(), await freePort()]
    return await startWithFile(configuration(port, backend.port), (file, folder) =>
      startProgram('nutcracker', ['-c', file, '-s', `${statsPort}`, '-v', '0', '-o', `${folder}/log`], port),
    )
  },
}

function configuration(port: number, backendPort: number): string {
  return `
bench:
  listen: 127.0.0.1:${port}
  redis: true
  preconnect: true
  backlog: 4096
  servers:
    - 127.0.0.1:${backendPort}:1
`
}
