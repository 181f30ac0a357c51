import type { Socket } from 'node:net'

import type { FramedProtocol } from '../../../src/protocols/protocol.ts'

const LONGEST_MS = 5000

/**
 * What a server answers to a request and to one behind it, whose reply is known: all replies to both, as the protocol's
 * scanner finds them. Rejects when the known one does not come, which is that of a request that hangs, or desynchronizes.
 */
export function repliesTo(
  socket: Socket,
  protocol: FramedProtocol,
  request: Uint8Array,
  last: { readonly request: string; readonly reply: string },
): Promise<string[]> {
  const scanner = protocol.replies()
  const replies: string[] = []
  let reply = ''
  return new Promise((resolve, reject) => {
    const fail = (): void => finish(new Error(`after ${shown(request)} came ${JSON.stringify([...replies, reply])}`))
    const limit = setTimeout(fail, LONGEST_MS)
    const take = (bytes: Buffer): void => {
      for (let at = 0, end = 0; at < bytes.length; at = end) {
        end = scanner.scan(bytes, at)
        reply += bytes.toString('latin1', at, end === -1 ? bytes.length : end)
        if (end === -1) return
        replies.push(reply)
        reply = ''
      }
      if (replies.at(-1)?.startsWith(last.reply) === true && replies.length > 1) finish()
    }
    const finish = (error?: Error): void => {
      clearTimeout(limit)
      socket.off('data', take).off('close', fail)
      if (error === undefined) resolve(replies)
      else reject(error)
    }
    socket.on('data', take).on('close', fail)
    socket.write(Buffer.concat([request, Buffer.from(last.request)]))
  })
}

function shown(request: Uint8Array): string {
  return JSON.stringify(Buffer.from(request).toString('latin1'))
}
