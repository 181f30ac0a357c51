import type { Socket } from 'node:net'

import type { AcceptedHandle, BytePort } from './byte-port.ts'
import { HandlePort } from './handle-port.ts'
import { SocketPort } from './socket-port.ts'

/** What an upstream lends: sockets, or ports in their place where nobody else sees them. */
export type Backend = Socket | HandlePort

export function portOf(backend: Backend): BytePort {
  return backend instanceof HandlePort ? backend : SocketPort.of(backend)
}

/** A client that has just been accepted. It reads from `resume()` on. */
export function portOver(handle: AcceptedHandle): BytePort {
  return HandlePort.over(handle) ?? SocketPort.overHandle(handle)
}
