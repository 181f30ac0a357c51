import type { Duplex } from 'node:stream'
import type { Socket } from 'node:net'

/** How a pool wants its sockets set. */
export interface SocketTuning {
  /** Idle time before TCP asks whether the peer is alive, in milliseconds, cut to seconds; `Infinity` never asks. */
  readonly keepAliveMs: number
  readonly noDelay: boolean
}

type Tunable = Duplex & Partial<Pick<Socket, 'setKeepAlive' | 'setNoDelay'>>

/**
 * Sets both options, where the connection has them. Node remembers what was set last, so that setting the same again
 * costs no system call: the pool does it at every release.
 */
export function tuneSocket(connection: Tunable, { keepAliveMs, noDelay }: SocketTuning): void {
  connection.setNoDelay?.(noDelay)
  if (keepAliveMs === Infinity) connection.setKeepAlive?.(false)
  else connection.setKeepAlive?.(true, keepAliveMs)
}
