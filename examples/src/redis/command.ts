import type { Socket } from 'node:net'

import { encodeCommand, readReply, type Reply } from './resp.ts'

/**
 * One command and its reply, on a socket that nobody else uses meanwhile. Rejects with the server's error reply, when the
 * connection ends first, and with the reason of `signal` when that is aborted: the reply is then still to come, so that
 * the connection must not be used again.
 */
export function command(socket: Socket, words: readonly string[], signal?: AbortSignal): Promise<Reply> {
  return new Promise((resolve, reject) => {
    let bytes: Buffer = Buffer.alloc(0)
    const settle = (end: () => void): void => {
      socket.off('data', read).off('error', fail).off('close', closed)
      signal?.removeEventListener('abort', aborted)
      end()
    }
    const fail = (error: Error): void => settle(() => reject(error))
    const closed = (): void => fail(new Error('the connection was closed before the reply had come'))
    const aborted = (): void => fail(signal?.reason as Error)
    const read = (chunk: Buffer): void => {
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk])
      try {
        const whole = readReply(bytes)
        if (whole === undefined) return
        if (whole.end < bytes.length) throw new Error('the server said more than it was asked')
        const { reply } = whole
        settle(() => (reply instanceof Error ? reject(reply) : resolve(reply)))
      } catch (error) {
        fail(error as Error)
      }
    }
    if (signal?.aborted === true) return aborted()
    if (socket.destroyed) return closed()
    signal?.addEventListener('abort', aborted)
    socket.on('data', read).on('error', fail).on('close', closed)
    socket.write(encodeCommand(words))
  })
}
