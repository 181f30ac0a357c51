import { Socket } from 'node:net'

/** Who has a port: told everything that happens to its socket. */
export interface PortUser {
  /**
   * `bytes` are the user's only during the call: what it keeps it copies; `write()` of a port copies by itself. False: nothing
   * more until `resume()`.
   */
  take(bytes: Buffer): boolean
  /** The peer will send no more. */
  ended(): void
  /** What was written has gone out, after `write()` had answered false. */
  writable(): void
  /** The socket is gone, by whatever cause. */
  closed(): void
}

/** A connection as it comes out of the system, with no stream around it yet. */
export type AcceptedHandle = object

/** How a socket reads into memory of the reader's. */
export interface Onread {
  readonly buffer: Buffer
  readonly callback: (length: number, buffer: Buffer) => boolean
}

/** What Node takes and its types do not know: its own cluster module makes sockets over handles in the same way. */
interface HandleOptions {
  readonly handle: AcceptedHandle
  readonly allowHalfOpen: true
  readonly onread: Onread
}

/** On a socket: its port. With it all sockets have the same listeners, and thousands of idle ones cost little. */
const PORT = Symbol('connpool.port')

type PortedSocket = Socket & { [PORT]?: BytePort }

/**
 * All plain sockets of the process read into this one: a socket reads when it is its turn, and what was read is used up or
 * copied before the next one's. So a thousand idle clients cost no buffers, and reading allocates none.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024)

/**
 * One socket, client's or backend's, whose bytes are given to its {@link PortUser} as they come. While it has none, they are
 * kept in the stream, as any socket does.
 */
export class BytePort {
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
  static overHandle(handle: AcceptedHandle): BytePort {
    return BytePort.opening((onread) => {
      const options: HandleOptions = { handle, allowHalfOpen: true, onread }
      return new Socket(options)
    })
  }

  /** A plain socket that is made with the port's `onread`. */
  static opening(open: (onread: Onread) => Socket): BytePort {
    const port = new BytePort(open, true)
    listen(port.socket)
    return port
  }

  /** The port of a socket; one that was not made for a port gets one now. */
  static of(socket: Socket): BytePort {
    return (socket as PortedSocket)[PORT] ?? new BytePort(() => socket, false)
  }

  /** From now on bytes come to `user`, those first that have come before, once `resume()` is called. */
  attach(user: PortUser): void {
    this.#user = user
    if (!this.#isDirect) listen(this.socket).on('data', onData)
    else if (this.socket.readableLength > 0) this.#takeKept()
  }

  /** Bytes are kept in the stream again. */
  detach(): void {
    this.#user = undefined
    if (!this.#isDirect) unlisten(this.socket).off('data', onData)
  }

  /** Sends them on. False: it has more than it can take, `writable()` will tell. */
  write(bytes: Uint8Array): boolean {
    return this.socket.write(bytes.buffer === READ_BUFFER.buffer ? Buffer.from(bytes) : bytes)
  }

  resume(): void {
    this.socket.resume()
  }

  pause(): void {
    this.socket.pause()
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

  #takeKept(): void {
    const kept = this.socket.read() as Buffer | null
    if (kept !== null && this.#user?.take(kept) === false) this.pause()
  }
}

function listen(socket: Socket): Socket {
  return socket.on('error', ignore).on('end', onEnd).on('drain', onDrain).on('close', onClose)
}

function unlisten(socket: Socket): Socket {
  return socket.off('error', ignore).off('end', onEnd).off('drain', onDrain).off('close', onClose)
}

/** `errored` says it to who is told of the close. */
function ignore(): void {}

function onData(this: PortedSocket, bytes: Buffer): void {
  if (this[PORT]?.user?.take(bytes) === false) this.pause()
}

function onEnd(this: PortedSocket): void {
  this[PORT]?.user?.ended()
}

function onDrain(this: PortedSocket): void {
  this[PORT]?.user?.writable()
}

function onClose(this: PortedSocket): void {
  this[PORT]?.user?.closed()
}
