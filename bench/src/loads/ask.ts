import type { Socket } from 'node:net'

const request = '?' // one byte cannot come in two pieces

/** Asks a server and waits for its answer. Rejects when the connection ends before that. */
export function ask(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAnswer = (): void => {
      socket.off('close', onClose)
      resolve()
    }
    const onClose = (): void => {
      socket.off('data', onAnswer)
      reject(new Error('the connection ended before the answer'))
    }
    socket.once('data', onAnswer)
    socket.once('close', onClose)
    socket.write(request)
  })
}

/** Whether a request could be written at all. */
export function isOpen(socket: Socket): boolean {
  return socket.writable && !socket.destroyed
}
