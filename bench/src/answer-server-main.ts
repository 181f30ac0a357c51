// A server in a process of its own: answers each byte it is sent with one byte, after as many milliseconds as it is told.

import net from 'node:net'

const delayMs = Number(process.argv[2])

const server = net.createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {}) // a client that is gone
  socket.on('data', (asked) => {
    setTimeout(() => socket.write(asked), delayMs)
  })
})

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port')
  process.send?.(address.port)
})

// Who started it is gone, however that came about.
process.on('disconnect', () => process.exit())
