import { Socket } from 'node:net'

/** What a port gives its bytes to. */
export interface ByteSink {
  /**
   * `bytes` are the taker's only during the call: what it keeps or sends on it copies. False: nothing more until `resume()`.
   */
  take(bytes: Buffer): boolean
}

/** A connection as it comes out of the system, with no stream around it yet. */
export type AcceptedHandle = object

/** What Node takes and its types do not know: sockets are made over handles by its own cluster module in the same way. */
interface HandleOptions {
  readonly handle: AcceptedHandle
  readonly allowHalfOpen: true
  readonly onread: { readonly buffer: Buffer; readonly callback: (length: number, buffer: Buffer) => boolean }
}

/**
 * All plain sockets of the process read into this one: a socket reads when it is its turn, and what was read is used up or
 * copied before the next one's. So a thousand idle clients cost no buffers, and reading allocates none.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024)

/** The sockets that read into it, and where their bytes go. */
const direct = new WeakMap<Socket, BytePort>()

/**
 * One socket of the server, client's or backend's, with bytes given to a {@link ByteSink} as they come. With no sink they are
 * kept in the stream, as any socket does.
 */
export class BytePort {
  sink: ByteSink | undefined
  #socket: Socket | undefined
  /** Its bytes are in the shared buffer. */
  readonly #isDirect: boolean

  private constructor(isDirect: boolean) {
    this.#isDirect = isDirect
  }

  get socket(): Socket {
    if (this.#socket === undefined) throw new Error('bug: a port is used before its socket is there')
    return this.#socket
  }

  /** A client that has just been accepted; it reads after `resume()`. */
  static overHandle(handle: AcceptedHandle): BytePort {
    const port = new BytePort(true)
    const options: HandleOptions = { handle, allowHalfOpen: true, onread: port.onread }
    return port.#over(new Socket(options))
  }

  /** A socket under way that was made with the `onread` of this port. */
  static opening(open: (onread: HandleOptions['onread']) => Socket): BytePort {
    const port = new BytePort(true)
    return port.#over(open(port.onread))
  }

  /** The port of a socket that reads into the shared buffer; any other gets one that listens to it. */
  static of(socket: Socket): BytePort {
    return direct.get(socket) ?? BytePort.listeningTo(socket)
  }

  /** Listens for 'data' from the first `resume()` on. */
  static listeningTo(socket: Socket): BytePort {
    const port = new BytePort(false)
    port.#socket = socket
    return port
  }

  /** Where Node puts what it reads. */
  private get onread(): HandleOptions['onread'] {
    return { buffer: READ_BUFFER, callback: (length, buffer) => this.#took(buffer.subarray(0, length)) }
  }

  /** Sends them on; what is in the shared buffer is copied first. False: it has more than it can take, wait for 'drain'. */
  write(bytes: Uint8Array): boolean {
    return this.socket.write(bytes.buffer === READ_BUFFER.buffer ? Buffer.from(bytes) : bytes)
  }

  /** From now on bytes come to the sink, those first that have come before. */
  attach(sink: ByteSink): void {
    this.sink = sink
    if (!this.#isDirect) this.socket.on('data', this.#heard)
    else if (this.socket.readableLength > 0) this.#takeKept()
  }

  /** Bytes are kept in the stream again. */
  detach(): void {
    this.sink = undefined
    if (!this.#isDirect) this.socket.off('data', this.#heard)
  }

  resume(): void {
    this.socket.resume()
  }

  pause(): void {
    this.socket.pause()
  }

  #over(socket: Socket): this {
    this.#socket = socket
    direct.set(socket, this)
    return this
  }

  #took(bytes: Buffer): boolean {
    if (this.sink !== undefined) return this.sink.take(bytes)
    return this.socket.push(Buffer.from(bytes))
  }

  #takeKept(): void {
    const kept = this.socket.read() as Buffer | null
    if (kept !== null && this.sink?.take(kept) === false) this.pause()
  }

  readonly #heard = (bytes: Buffer): void => {
    if (this.sink?.take(bytes) === false) this.pause()
  }
}
