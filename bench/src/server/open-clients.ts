import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** So many at a time, as a backlog is no longer than it is. */
const AT_ONCE = 100

export interface OpenClients {
  readonly port: number
  readonly count: number
  /** Sent by each; one line comes back. Left out, they say nothing. */
  readonly request?: string
}

/** Clients of this process that are connected, have been answered if they have asked, and say nothing more. */
export async function openClients({ port, count, request }: OpenClients): Promise<Socket[]> {
  const clients: Socket[] = []
  while (clients.length < count) {
    const next = Math.min(AT_ONCE, count - clients.length)
    clients.push(...(await Promise.all(Array.from({ length: next }, () => openClient(port, request)))))
  }
  return clients
}

async function openClient(port: number, request: string | undefined): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  socket.on('error', () => {}) // whoever needs it finds it closed
  if (request !== undefined) {
    socket.write(request)
    await once(socket, 'data')
  }
  return socket
}
