import type { Socket } from 'node:net'

import type { PoolOptions } from 'connpool'

import type { FramedProtocol } from '../protocols/protocol.ts'
import { type Backend, portOf } from '../session/port-of.ts'
import { pingBackend } from './ping-backend.ts'

export type BackendProbe = NonNullable<PoolOptions<Backend>['probe']>

/** The health check of a protocol, if it has one. */
export function probeWith(protocol: FramedProtocol): BackendProbe | undefined {
  if (wantsSockets(protocol)) return (socket, context) => protocol.probe?.(socket as Socket, context)
  const { ping } = protocol
  return ping && ((backend, { signal }) => pingBackend(portOf(backend), { ping, protocol }, signal))
}

/** Asks: is its health check code that knows nothing but sockets? */
export function wantsSockets(protocol: FramedProtocol): boolean {
  return protocol.probe !== undefined
}
