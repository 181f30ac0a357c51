import { once } from 'node:events'
import { type AddressInfo, createServer, type ListenOptions, type Server } from 'node:net'
import { getSystemErrorName } from 'node:util'

import type { ListenAddress } from '../config/settings.ts'
import type { AcceptedHandle } from '../session/byte-port.ts'
import { tuneListening } from './raw-handle.ts'
import { clearStaleSocket } from './stale-socket.ts'

export interface AcceptorOptions {
  readonly backlog: number
  readonly reusePort: boolean
  /** The descriptor that systemd has opened, for `{ systemd }`. */
  readonly fd: number | undefined
  accepted(handle: AcceptedHandle): void
  /** Accepting failed, for want of descriptors for one: the client was not let in. */
  failed(error: Error): void
}

/** Something that accepts connections, and hands them over with no socket around them yet. */
export interface Acceptor {
  /** `host:port`, or the path. */
  readonly address: string
  readonly port: number | undefined
  /** Accepts nothing more. What the system has queued by then is refused by it. */
  close(): Promise<void>
}

/** What Node takes and its types do not know. */
interface RawServer {
  readonly _handle?: ListeningHandle
}

interface ListeningHandle {
  onconnection?: (error: number | string, handle: AcceptedHandle | undefined) => void
}

interface BoundHandle extends ListeningHandle {
  listen(backlog: number): number
  getsockname?(out: { address?: string; port?: number; family?: string }): number
  close(done?: () => void): void
}

/**
 * Listens. A socket is made for a client only when it is let in: that is a fifth of what refusing one costs, and lets each
 * be made with the shared read buffer.
 *
 * @throws what `listen` says: the address is taken, or not this machine's.
 */
export async function listenAt(address: ListenAddress, options: AcceptorOptions): Promise<Acceptor> {
  if ('path' in address) await clearStaleSocket(address.path)
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true })
  server.listen(whereTo(address, options))
  await once(server, 'listening')
  server.on('error', (error) => options.failed(error))
  acceptHandles(server, options)
  return { ...textOf(server), close: () => closed(server) }
}

/**
 * Accepts from a socket that another process has bound, as the others do who have it. Closing it leaves theirs open.
 *
 * @throws what `listen` says: somebody else listens there.
 */
export function acceptFrom(handle: AcceptedHandle, address: ListenAddress, options: AcceptorOptions): Acceptor {
  const socket = handle as BoundHandle
  acceptInto(socket, options)
  const errno = socket.listen(options.backlog)
  if (errno === 0) return { ...whereIs(socket, address), close: () => new Promise((resolve) => socket.close(resolve)) }
  socket.close()
  const code = getSystemErrorName(errno)
  const text = whereIs(socket, address).address
  throw Object.assign(new Error(`listen ${code}: ${text}`), { code, errno, syscall: 'listen', address: text })
}

function whereTo(address: ListenAddress, { backlog, reusePort, fd }: AcceptorOptions): ListenOptions {
  if ('systemd' in address) return { fd } as ListenOptions
  return { ...address, backlog, ...(reusePort && { reusePort }) }
}

function acceptHandles(server: Server, options: AcceptorOptions): void {
  // oxlint-disable-next-line eslint/no-underscore-dangle -- Node's own cluster module passes connections on in this form
  const listening = (server as unknown as RawServer)._handle
  if (typeof listening?.onconnection !== 'function') {
    throw new Error('bug: this version of Node accepts connections in a way that is not known here')
  }
  acceptInto(listening, options)
}

function acceptInto(listening: ListeningHandle, options: AcceptorOptions): void {
  tuneListening(listening)
  listening.onconnection = (error, handle) => {
    if (handle !== undefined) options.accepted(handle)
    else options.failed(Object.assign(new Error('A connection could not be accepted'), { errno: error }))
  }
}

function textOf(server: Server): Pick<Acceptor, 'address' | 'port'> {
  const address = server.address()
  // Node knows no path of a Unix socket that somebody else has opened.
  if (address === null) return { address: 'a socket of systemd', port: undefined }
  return typeof address === 'string' ? { address, port: undefined } : tcpText(address)
}

function whereIs(socket: BoundHandle, given: ListenAddress): Pick<Acceptor, 'address' | 'port'> {
  const out: { address?: string; port?: number; family?: string } = {}
  const { address, port, family = '' } = socket.getsockname?.(out) === 0 ? out : {}
  if (address !== undefined && port !== undefined) return tcpText({ address, port, family })
  return { address: 'path' in given ? given.path : 'a socket of systemd', port: undefined }
}

function tcpText({ address, port, family }: AddressInfo): Pick<Acceptor, 'address' | 'port'> {
  return { address: `${family === 'IPv6' ? `[${address}]` : address}:${port}`, port }
}

async function closed(server: Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve))
}
