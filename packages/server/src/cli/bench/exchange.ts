import type { Socket } from 'node:net'

import type { Speech } from './bench-plan.ts'

/** Sends a request and resolves when its reply has ended. Leaves no listener on the socket. */
export async function exchange(socket: Socket, speech: Speech): Promise<void> {
  const replies = speech.replies()
  await new Promise<void>((resolve, reject) => {
    const onData = (bytes: Buffer): void => {
      try {
        const end = replies.scan(bytes, 0)
        if (end === -1) return
        if (end !== bytes.length) throw new Error('the backend has sent more than a reply')
        settle(resolve)
      } catch (error) {
        onError(error as Error)
      }
    }
    const onError = (error: Error): void => settle(() => reject(error))
    const onClose = (): void => settle(() => reject(new Error('the backend has closed the connection')))
    const settle = (how: () => void): void => {
      socket.off('data', onData).off('error', onError).off('close', onClose)
      how()
    }
    socket.on('data', onData).on('error', onError).on('close', onClose)
    socket.write(speech.request)
  })
}
