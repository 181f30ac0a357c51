// The front server in a process of its own: given its configuration, it says which port it has, and from then on its numbers.

import { FrontServer, type ServerConfig } from '@connpool/server'

let server: FrontServer | undefined

async function start(config: ServerConfig): Promise<void> {
  server = new FrontServer(config)
  await server.start()
  process.send?.(server.listening[0]?.port)
}

process.on('message', (message: ServerConfig | 'stats') => {
  if (message === 'stats') process.send?.(server?.stats())
  else void start(message) // what it throws ends the process, which its parent reports
})

// Who started it has no more use for it, or is gone.
process.on('disconnect', () => {
  void server?.close({ graceMs: 0 }).finally(() => process.exit())
})
