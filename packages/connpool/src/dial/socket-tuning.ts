import type { Duplex } from 'node:stream'
import type { Socket } from 'node:net'

/** How a pool wants its sockets set. */
export interface SocketTuning {
  /** Idle time before TCP asks whether the peer is alive, in milliseconds; `Infinity` never asks. */
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
  // Node cuts to whole seconds and takes 0 for "the system's default", which is two hours.
  else connection.setKeepAlive?.(true, Math.max(1000, keepAliveMs))
}
