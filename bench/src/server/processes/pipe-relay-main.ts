// A relay in thirty lines: a backend connection for each client, and a pipe each way.

import net from 'node:net'

const backendPort = Number(process.argv[2])

const server = net.createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
  const backend = net.connect({ port: backendPort, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
  client.on('error', () => backend.destroy())
  backend.on('error', () => client.destroy())
  client.on('close', () => backend.destroy())
  backend.on('close', () => client.destroy())
  client.pipe(backend)
  backend.pipe(client)
})

server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port')
  process.send?.(address.port)
})

// Who started it has no more use for it, or is gone.
process.on('disconnect', () => process.exit())
