import { once } from 'node:events'
import net from 'node:net'

/** Opens a socket as connpool does, so that both sides of a comparison have the same options set. */
export async function connect(port: number): Promise<net.Socket> {
  const socket = net.connect({ host: '127.0.0.1', port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 })
  await once(socket, 'connect')
  socket.on('error', ignore) // one function for all: a listener each would count as the socket's own memory
  return socket
}

function ignore(): void {}
