/* oxlint-disable typescript/no-deprecated, node/no-deprecated-api, eslint/no-underscore-dangle -- see nodeHandles() */
import type { Socket } from 'node:net'

import type { AcceptedHandle } from './byte-port.ts'

/** Node's own connection under a socket, as far as it is used here. Where a number is answered, a negative one is an error. */
export interface StreamHandle {
  onread: ((this: StreamHandle) => void) | undefined
  readStart(): number
  readStop(): number
  useUserBuffer(buffer: Uint8Array): void
  writeBuffer(request: StreamRequest, bytes: Uint8Array): number
  shutdown(request: StreamRequest): number
  close(closed?: () => void): void
  ref(): void
  unref(): void
  /** TCP alone has the rest. */
  reset?(closed: () => void): number
  getsockname?(out: { address?: string; port?: number }): number
  getpeername?(out: { address?: string; port?: number }): number
}

export interface ConnectingHandle extends StreamHandle {
  connect(request: StreamRequest, address: string, port: number): number
  connect6(request: StreamRequest, address: string, port: number): number
  setNoDelay(isOn: boolean): number
  setKeepAlive(isOn: boolean, seconds: number): number
}

/** Something that takes its time. `oncomplete` is called when it is over. */
export interface StreamRequest {
  oncomplete?: (this: StreamRequest, status: number) => void
}

export interface NodeHandles {
  openTcp(): ConnectingHandle
  connectRequest(): StreamRequest
  writeRequest(): StreamRequest
  shutdownRequest(): StreamRequest
  /** How much was read, or the error, in a handle's `onread`. */
  lastRead(): number
  /** Asks: is the write that has just been started still under way? */
  isWriteUnderWay(): boolean
}

type Maker<T> = new (kind?: number) => T

interface TcpBinding {
  readonly TCP: Maker<ConnectingHandle>
  readonly TCPConnectWrap: Maker<StreamRequest>
  readonly constants: { readonly SOCKET: number }
}

interface StreamBinding {
  readonly WriteWrap: Maker<StreamRequest>
  readonly ShutdownWrap: Maker<StreamRequest>
  readonly kReadBytesOrError: number
  readonly kLastWriteWasAsync: number
  readonly streamBaseState: Int32Array
}

type Binding = (name: 'tcp_wrap' | 'stream_wrap') => unknown

let known: NodeHandles | false | undefined

/**
 * What Node's sockets are made of. A socket is a stream of JavaScript around a handle of the event loop, and where bytes only
 * pass through the stream costs more than the handle: twice the time of a connection that serves one request. Undefined
 * where this Node keeps them to itself, or has them in another form than is known here: then there are its sockets.
 */
export function nodeHandles(): NodeHandles | undefined {
  known ??= find() ?? false
  return known === false ? undefined : known
}

/** @throws RangeError when `CONNPOOL_PORTS` in the environment is neither `handles` (the default) nor `sockets`. */
export function portsByEnvironment(): 'handles' | 'sockets' {
  const { CONNPOOL_PORTS: given = 'handles' } = process.env
  if (given === 'handles' || given === 'sockets') return given
  throw new RangeError(`CONNPOOL_PORTS in the environment must be handles or sockets, got ${JSON.stringify(given)}`)
}

function find(): NodeHandles | undefined {
  if (portsByEnvironment() === 'sockets') return undefined
  try {
    const binding = (process as unknown as { readonly binding: Binding }).binding.bind(process)
    const found = handlesOf(binding('tcp_wrap') as TcpBinding, binding('stream_wrap') as StreamBinding)
    return isAsKnown(found.openTcp()) ? found : undefined
  } catch {
    return undefined
  }
}

function handlesOf({ TCP, TCPConnectWrap, constants }: TcpBinding, stream: StreamBinding): NodeHandles {
  const { WriteWrap, ShutdownWrap, kReadBytesOrError, kLastWriteWasAsync, streamBaseState } = stream
  const numbers = [constants.SOCKET, kReadBytesOrError, kLastWriteWasAsync, streamBaseState[kReadBytesOrError]]
  if (numbers.some((number) => typeof number !== 'number')) throw new Error('unknown')
  return {
    openTcp: () => new TCP(constants.SOCKET),
    connectRequest: () => new TCPConnectWrap(),
    writeRequest: () => new WriteWrap(),
    shutdownRequest: () => new ShutdownWrap(),
    lastRead: () => streamBaseState[kReadBytesOrError] ?? 0,
    isWriteUnderWay: () => streamBaseState[kLastWriteWasAsync] !== 0,
  }
}

const METHODS = ['readStart', 'readStop', 'useUserBuffer', 'writeBuffer', 'shutdown', 'close', 'ref', 'unref'] as const

function isAsKnown(handle: ConnectingHandle): boolean {
  const isWhole = METHODS.every((name) => typeof handle[name] === 'function')
  handle.close()
  return isWhole
}

/**
 * Takes from a socket the connection under it, before the socket has read anything: it is left without one, and good for
 * nothing. Undefined where it has none. Node's own `child_process` does so with a socket that it passes to another process.
 */
export function takeHandle(socket: Socket): AcceptedHandle | undefined {
  const owner = socket as unknown as { _handle: AcceptedHandle | null }
  const { _handle: handle } = owner
  owner._handle = null
  return handle ?? undefined
}
