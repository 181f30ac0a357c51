import { getSystemErrorName } from 'node:util'

import type { Keeper, Kept, Lost } from 'connpool'

import type { AcceptedHandle, BytePort, PortUser, Sent } from './byte-port.ts'
import { GatheredBytes } from './gathered-bytes.ts'
import { HandleWriter, type WriterOwner } from './handle-writer.ts'
import { type NodeHandles, nodeHandles, type StreamHandle } from './node-handles.ts'
import { type KeptPort, PortKeeper, type PortWatcher } from './port-keeper.ts'
import { READ_BUFFER } from './read-buffer.ts'

/** What comes while nobody takes it may be so much; then it is not read any more. */
const MOST_KEPT_BYTES = 64 * 1024

/** What libuv says when the peer has ended, on all systems. */
const EOF = -4095

const PORT = Symbol('connpool.port')

/** Which has last had something other than an end to say. */
let lastHeard: StreamHandle | undefined

type PortedHandle = StreamHandle & { [PORT]?: HandlePort }

/** A port over Node's bare handle: what a relay needs of a socket, at a fraction of its cost. */
export class HandlePort implements KeptPort, Kept, WriterOwner {
  readonly #nodeHandles: NodeHandles
  readonly #handle: StreamHandle
  readonly #writer: HandleWriter
  #user: PortUser | undefined
  /** Told of its close, after the user. */
  watcher: PortWatcher | undefined
  error: Error | undefined
  #isReading = false
  /** Nobody has taken these. */
  #kept: GatheredBytes | undefined
  /** The peer has said its end; and whoever uses the port knows. */
  #hasPeerEnded = false
  #hasToldEnd = false
  #isClosing = false

  /** Undefined where it cannot be: see {@link nodeHandles}. It reads from `resume()` on. */
  static over(handle: AcceptedHandle): HandlePort | undefined {
    const handles = nodeHandles()
    return handles === undefined ? undefined : new HandlePort(handles, handle as StreamHandle)
  }

  private constructor(handles: NodeHandles, handle: StreamHandle) {
    this.#nodeHandles = handles
    this.#handle = handle
    this.#writer = new HandleWriter(handles, handle, this)
    ;(handle as PortedHandle)[PORT] = this
    handle.onread = onRead
    handle.useUserBuffer(READ_BUFFER)
  }

  attach(user: PortUser): void {
    this.#user = user
    this.#tellKept()
    if (this.#hasPeerEnded && !this.#hasToldEnd) process.nextTick(tellEnd, this)
  }

  detach(): void {
    this.#user = undefined
  }

  resume(): void {
    if (this.#isReading || this.#isClosing || this.#hasPeerEnded) return
    this.#isReading = true
    const errno = this.#handle.readStart()
    if (errno < 0) this.failed('read', errno)
  }

  pause(): void {
    if (!this.#isReading || this.#isClosing) return
    this.#isReading = false
    this.#handle.readStop()
  }

  write(bytes: Uint8Array, sent?: Sent): boolean {
    if (this.isWritable) return this.#writer.write(bytes, sent)
    if (sent !== undefined) process.nextTick(sent, this.error ?? new Error('The connection has ended'))
    return true
  }

  withdraw(): boolean {
    return this.#writer.withdraw()
  }

  end(): void {
    if (this.isWritable) this.#writer.end()
  }

  destroy(): void {
    this.#writer.flush()
    if (this.#isClosing) return
    this.#isClosing = true
    this.#handle.close(() => this.#closed())
  }

  reset(): void {
    this.#writer.flush()
    if (this.#isClosing) return
    // After our own end the system refuses to reset. Before it what has not gone out is lost, and must not look like all.
    const errno = this.#writer.hasSaidEnd ? undefined : this.#handle.reset?.(() => this.#closed())
    if (errno === 0) this.#isClosing = true
    else this.destroy()
  }

  ref(): void {
    if (!this.#isClosing) this.#handle.ref()
  }

  unref(): void {
    if (!this.#isClosing) this.#handle.unref()
  }

  connpoolKeeper(lost: Lost): Keeper {
    return new PortKeeper(this, lost)
  }

  get isWritable(): boolean {
    return !this.#isClosing && !this.#writer.isEnding
  }

  get isFull(): boolean {
    return this.#writer.isFull
  }

  /** Asks: has somebody got it? */
  get isUsed(): boolean {
    return this.#user !== undefined
  }

  get isClosing(): boolean {
    return this.#isClosing
  }

  get hasPeerEnded(): boolean {
    return this.#hasPeerEnded
  }

  get unsentBytes(): number {
    return this.#writer.unsentBytes
  }

  /** How many have come that nobody has taken. */
  get keptBytes(): number {
    return this.#kept?.length ?? 0
  }

  get local(): BytePort['local'] {
    const out: { address?: string; port?: number } = {}
    if (this.#isClosing || this.#handle.getsockname?.(out) !== 0) return { address: undefined, port: undefined }
    return { address: out.address, port: out.port }
  }

  /** For the handle alone. */
  heard(): void {
    if (this.#isClosing) return
    const length = this.#nodeHandles.lastRead()
    if (length === EOF) return this.#heardEnd()
    lastHeard = this.#handle
    if (length > 0) this.#take(READ_BUFFER.subarray(0, length))
    else if (length < 0) this.failed('read', length)
  }

  failed(syscall: string, errno: number): void {
    const code = getSystemErrorName(errno)
    this.error ??= Object.assign(new Error(`${syscall} ${code}`), { code, errno, syscall })
    this.destroy()
  }

  drained(): void {
    this.#user?.writable()
  }

  tellEnd(): void {
    if (this.#user === undefined || this.#hasToldEnd || this.#isClosing) return
    this.#hasToldEnd = true
    this.#user.ended()
  }

  #take(bytes: Buffer): void {
    if (this.#user !== undefined) {
      if (!this.#user.take(bytes)) this.pause()
      return
    }
    this.#kept ??= new GatheredBytes()
    this.#kept.append(bytes)
    if (this.#kept.length >= MOST_KEPT_BYTES) this.pause()
  }

  #tellKept(): void {
    if (this.#kept === undefined) return
    const bytes = this.#kept.take()
    this.#kept = undefined
    if (this.#user?.take(bytes) === false) this.pause()
  }

  /**
   * libuv takes bytes and a reset that come at one moment for bytes and an end, and tells them in one go. Where nothing else
   * was heard since the bytes, and the system knows of no peer any more, reading once more tells which it was.
   */
  #heardEnd(): void {
    const comesAlone = lastHeard !== this.#handle
    if (comesAlone || this.#handle.getpeername?.({}) === 0) return this.#peerEnded()
    lastHeard = undefined
    const errno = this.#handle.readStart()
    if (errno < 0) this.failed('read', errno)
  }

  #peerEnded(): void {
    this.pause()
    this.#hasPeerEnded = true
    this.tellEnd()
    if (this.#writer.hasSaidEnd) this.destroy()
  }

  #closed(): void {
    this.#writer.closed()
    this.#user?.closed()
    this.watcher?.portClosed()
  }
}

function onRead(this: PortedHandle): void {
  this[PORT]?.heard()
}

function tellEnd(port: HandlePort): void {
  port.tellEnd()
}
