import { Socket } from 'node:net'
import { constants } from 'node:os'
import { TLSSocket } from 'node:tls'

import type { AcceptedHandle, BytePort, PortUser, Sent } from './byte-port.ts'
import { kept, READ_BUFFER } from './read-buffer.ts'

/** How a socket reads into memory of the reader's. */
export interface Onread {
  readonly buffer: Buffer
  readonly callback: (length: number, buffer: Buffer) => boolean
}

/** What Node takes and its types do not know: its own cluster module makes sockets over handles in the same way. */
interface HandleOptions {
  readonly handle: AcceptedHandle
  readonly allowHalfOpen: true
  readonly onread?: Onread
}

interface NamingHandle {
  getpeername?(out: object): number
}

const NOT_CONNECTED = -constants.errno.ENOTCONN

/** On a socket: its port. With it all sockets have the same listeners, and thousands of idle ones cost little. */
const PORT = Symbol('connpool.port')

type PortedSocket = Socket & { [PORT]?: SocketPort }

/** A port over one of Node's sockets: of any kind, TLS among them. Bytes that nobody takes are kept in the stream. */
export class SocketPort implements BytePort {
  readonly socket: Socket
  #user: PortUser | undefined
  /** Reads into the shared buffer; the others listen for 'data' while they have a user. */
  readonly #isDirect: boolean

  private constructor(open: (onread: Onread) => Socket, isDirect: boolean) {
    this.#isDirect = isDirect
    this.socket = open({ buffer: READ_BUFFER, callback: this.#took })
    ;(this.socket as PortedSocket)[PORT] = this
  }

  /** A client that has just been accepted. It reads from `resume()` on. */
  static overHandle(handle: AcceptedHandle): SocketPort {
    return SocketPort.opening((onread) => socketOver({ handle, allowHalfOpen: true, onread }))
  }

  /** The same, for who reads the socket by itself. */
  static aroundHandle(handle: AcceptedHandle): SocketPort {
    return SocketPort.of(socketOver({ handle, allowHalfOpen: true }))
  }

  /** A plain socket that is made with the port's `onread`. */
  static opening(open: (onread: Onread) => Socket): SocketPort {
    const port = new SocketPort(open, true)
    listen(port.socket)
    return port
  }

  /** The port of a socket; one that was not made for a port gets one now. */
  static of(socket: Socket): SocketPort {
    return (socket as PortedSocket)[PORT] ?? new SocketPort(() => socket, false)
  }

  attach(user: PortUser): void {
    this.#user = user
    if (!this.#isDirect) listen(this.socket).on('data', onData)
    else if (this.socket.readableLength > 0) this.#takeKept()
  }

  detach(): void {
    this.#user = undefined
    if (!this.#isDirect) unlisten(this.socket).off('data', onData)
  }

  write(bytes: Uint8Array, sent?: Sent): boolean {
    if (!this.isWritable) return this.#writeInVain(sent)
    return this.socket.write(kept(bytes), sent)
  }

  /** Sockets write at once. */
  withdraw(): boolean {
    return false
  }

  end(): void {
    this.socket.end()
  }

  destroy(): void {
    this.socket.on('error', ignore).destroy()
  }

  reset(): void {
    this.socket.on('error', ignore)
    if (canReset(this.socket)) this.socket.resetAndDestroy()
    else this.socket.destroy()
  }

  resume(): void {
    this.socket.resume()
  }

  pause(): void {
    this.socket.pause()
  }

  get isWritable(): boolean {
    return this.socket.writable && !this.socket.destroyed
  }

  get isFull(): boolean {
    return this.socket.writableNeedDrain
  }

  get unsentBytes(): number {
    return this.socket.writableLength
  }

  get error(): Error | undefined {
    return this.socket.errored ?? undefined
  }

  get local(): BytePort['local'] {
    return { address: this.socket.localAddress, port: this.socket.localPort }
  }

  /** For the listeners alone. */
  get user(): PortUser | undefined {
    return this.#user
  }

  readonly #took = (length: number, buffer: Buffer): boolean => {
    const bytes = buffer.subarray(0, length)
    if (this.#user !== undefined) return this.#user.take(bytes)
    this.socket.push(Buffer.from(bytes))
    return true
  }

  /** The socket would destroy itself for it. */
  #writeInVain(sent: Sent | undefined): true {
    if (sent !== undefined) process.nextTick(sent, this.error ?? new Error('The connection has ended'))
    return true
  }

  #takeKept(): void {
    const bytes = this.socket.read() as Buffer | null
    if (bytes !== null && this.#user?.take(bytes) === false) this.pause()
  }
}

function socketOver(options: HandleOptions): Socket {
  return new Socket(options)
}

/** After our own end the system refuses to reset, and the socket would stay open for ever. */
function canReset(socket: Socket): boolean {
  const hasSaidEnd = socket.writableEnded && socket.writableLength === 0
  return !(socket instanceof TLSSocket) && !hasSaidEnd && socket.remoteFamily !== undefined
}

function listen(socket: Socket): Socket {
  return socket.on('error', onError).on('end', onEnd).on('drain', onDrain).on('close', onClose)
}

function unlisten(socket: Socket): Socket {
  return socket.off('error', onError).off('end', onEnd).off('drain', onDrain).off('close', onClose)
}

/** `errored` says it to who is told of the close. */
function ignore(): void {}

/** Node tells of bytes that cannot be deciphered, and leaves the socket open. */
function onError(this: Socket, error: Error): void {
  if (!this.destroyed) this.destroy(error)
}

function onData(this: PortedSocket, bytes: Buffer): void {
  if (this[PORT]?.user?.take(bytes) === false) this.pause()
}

function onEnd(this: PortedSocket): void {
  if (!hasLostPeer(this)) return this[PORT]?.user?.ended()
  const facts = { code: 'ECONNRESET', syscall: 'read' }
  this.destroy(Object.assign(new Error('read ECONNRESET'), facts))
}

/** libuv takes bytes and a reset that come at one moment for bytes and an end; but then the system knows of no peer any more. */
function hasLostPeer(socket: Socket): boolean {
  // oxlint-disable-next-line eslint/no-underscore-dangle -- the socket itself remembers whom it had
  const { _handle: handle } = socket as unknown as { readonly _handle?: NamingHandle | null }
  return !socket.writableEnded && handle?.getpeername?.({}) === NOT_CONNECTED
}

function onDrain(this: PortedSocket): void {
  this[PORT]?.user?.writable()
}

function onClose(this: PortedSocket): void {
  this[PORT]?.user?.closed()
}
