import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/**
 * Closes a socket so that its peer sees an error rather than an end, where that can be said: TCP has resets, a Unix socket
 * has not, and a TLS connection is torn without its goodbye. Nothing waits for the peer: one that hangs keeps no place.
 */
export function resetSocket(socket: Socket): void {
  if (canReset(socket)) socket.resetAndDestroy()
  else socket.destroy()
}

/** After our own end the system refuses to reset, and the socket would stay open for ever. */
function canReset(socket: Socket): boolean {
  return !(socket instanceof TLSSocket) && !socket.writableEnded && socket.remoteFamily !== undefined
}
