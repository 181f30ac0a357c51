/**
 * Dials one endpoint: TCP, TLS or a Unix socket. The promise settles once, when the socket is either usable or
 * destroyed: there is no third way out, so whoever counts sockets can count promises.
 */
import type { Socket } from 'node:net'

import type { Endpoint } from '../endpoint.ts'
import type { LazyAbort } from './lazy-abort.ts'
import { openSocket } from './open-socket.ts'
import type { OpeningSocket } from './open-socket.ts'
import { tuneSocket } from './socket-tuning.ts'
import type { SocketTuning } from './socket-tuning.ts'

export interface DialOptions extends SocketTuning {
  /** Aborting it destroys the socket and rejects with its reason, at once. */
  readonly abort: LazyAbort
}

/**
 * A connected socket in the state Node leaves it in: nothing listens to it, and bytes are kept until somebody does. With
 * TLS it is authenticated. A failure rejects with Node's own error, `code` and all.
 */
export async function dialEndpoint(endpoint: Endpoint, options: DialOptions): Promise<Socket> {
  const { abort } = options
  abort.throwIfAborted()
  const opening = openSocket(endpoint)
  const { socket } = opening
  socket.unref() // whoever waits for a dial keeps the process alive; a dial by itself does not
  try {
    await untilReady(opening, abort)
    tuneSocket(socket, options)
    socket.ref()
    return socket
  } catch (error) {
    socket.on('error', ignore) // what it still has to say reaches nobody, and must not end the process
    socket.destroy()
    throw error
  }
}

/** Its listeners go one microtask after it settled: an error in between is still heard, and the caller's turn is next. */
async function untilReady({ socket, readyEvent }: OpeningSocket, abort: LazyAbort): Promise<void> {
  let stopListening = ignore
  try {
    await new Promise<void>((resolve, reject) => {
      const closed = (): void => reject(closedEarly())
      socket.once(readyEvent, resolve).once('error', reject).once('close', closed)
      abort.onAbort(reject)
      stopListening = (): void => {
        socket.off(readyEvent, resolve).off('error', reject).off('close', closed)
        abort.onAbort(undefined)
      }
    })
  } finally {
    stopListening()
  }
  abort.throwIfAborted()
  if (socket.destroyed) throw socket.errored ?? closedEarly()
}

function closedEarly(): Error {
  return Object.assign(new Error('The connection was closed before it was ready'), { code: 'ECONNRESET' })
}

function ignore(): void {}
