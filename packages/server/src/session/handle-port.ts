import { constants } from 'node:os'
import { getSystemErrorName } from 'node:util'

import type { Keeper, Kept, Lost } from 'connpool'

import type { AcceptedHandle, BytePort, PortUser, Sent } from './byte-port.ts'
import { type Flushable, flushList } from './flush-list.ts'
import { GatheredBytes } from './gathered-bytes.ts'
import { type NodeHandles, nodeHandles, type StreamHandle, type StreamRequest } from './node-handles.ts'
import { PortKeeper } from './port-keeper.ts'
import { kept, READ_BUFFER } from './read-buffer.ts'

/** What waits to be sent may be so much; then `write()` says no. */
const MOST_UNSENT_BYTES = 64 * 1024

/** So much does not wait for the end of the turn. */
const AT_ONCE_BYTES = 16 * 1024

/** What comes while nobody takes it may be so much; then it is not read any more. */
const MOST_KEPT_BYTES = 64 * 1024

/** What libuv says when the peer has ended, on all systems. */
const EOF = -4095
const NOT_CONNECTED = -constants.errno.ENOTCONN
/** What `shutdown` says when it is over already. */
const AT_ONCE = 1

const PORT = Symbol('connpool.port')

type PortedHandle = StreamHandle & { [PORT]?: HandlePort }
type PortRequest = StreamRequest & { port?: HandlePort; bytes?: Uint8Array }

/** Told of the end of a port, apart from who uses it. */
export interface PortWatcher {
  portClosed(): void
}

/** A port over Node's bare handle: what a relay needs of a socket, at a fraction of its cost. */
export class HandlePort implements BytePort, Kept, Flushable {
  readonly #nodeHandles: NodeHandles
  readonly #handle: StreamHandle
  #user: PortUser | undefined
  /** Told of its close, after the user. */
  watcher: PortWatcher | undefined
  error: Error | undefined
  #isReading = false
  /** Nobody has taken these. */
  #kept: GatheredBytes | undefined
  /** These wait for the end of the turn, or for the write that is under way. */
  #unsent: GatheredBytes | undefined
  /** Somebody will flush it. */
  #isListed = false
  #sent: Sent[] | undefined
  /** Of the write that is under way. */
  #underWayBytes = 0
  #isFull = false
  /** The peer has said its end; and whoever uses the port knows. */
  #hasPeerEnded = false
  #hasToldEnd = false
  /** Ours is to be said; has been said; and has gone out. */
  #isEnding = false
  #hasSaidEnd = false
  #hasEnded = false
  #isClosing = false

  /** Undefined where it cannot be: see {@link nodeHandles}. It reads from `resume()` on. */
  static over(handle: AcceptedHandle): HandlePort | undefined {
    const handles = nodeHandles()
    return handles === undefined ? undefined : new HandlePort(handles, handle as StreamHandle)
  }

  private constructor(handles: NodeHandles, handle: StreamHandle) {
    this.#nodeHandles = handles
    this.#handle = handle
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
    this.#check('read', this.#handle.readStart())
  }

  pause(): void {
    if (!this.#isReading || this.#isClosing) return
    this.#isReading = false
    this.#handle.readStop()
  }

  write(bytes: Uint8Array, sent?: Sent): boolean {
    if (!this.isWritable) return this.#writeInVain(sent)
    if (sent !== undefined) (this.#sent ??= []).push(sent)
    if (this.unsentBytes === 0 && bytes.length >= AT_ONCE_BYTES) this.#sendNow(kept(bytes))
    else this.#gather(bytes)
    this.#isFull = this.unsentBytes >= MOST_UNSENT_BYTES
    return !this.#isFull
  }

  /** What was written goes out now, and then its end. After an error there would be a gap before it. */
  flush(): void {
    this.#isListed = false
    if (this.#underWayBytes > 0 || this.#isClosing || this.error !== undefined) return
    this.#sendNow(this.#unsent?.take())
  }

  end(): void {
    if (this.#isEnding || this.#isClosing) return
    this.#isEnding = true
    this.flush()
  }

  destroy(): void {
    this.flush()
    if (this.#isClosing) return
    this.#isClosing = true
    this.#handle.close(() => this.#closed())
  }

  reset(): void {
    this.flush()
    if (this.#isClosing) return
    // After our own end the system refuses to reset.
    const errno = this.#isEnding ? undefined : this.#handle.reset?.(() => this.#closed())
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
    return !this.#isClosing && !this.#isEnding
  }

  get isFull(): boolean {
    return this.#isFull
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
    return this.#underWayBytes + (this.#unsent?.length ?? 0)
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
    if (length > 0) this.#take(READ_BUFFER.subarray(0, length))
    else if (length === EOF) this.#peerEnded()
    else if (length < 0) this.#fail('read', length)
  }

  /** For the handle alone. */
  wrote(status: number): void {
    if (this.#isClosing) return
    this.#underWayBytes = 0
    if (status < 0) return this.#fail('write', status)
    this.flush()
  }

  /** For the handle alone. */
  saidEnd(): void {
    this.#hasEnded = true
    if (this.#hasPeerEnded) this.destroy()
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

  #peerEnded(): void {
    this.pause()
    this.#hasPeerEnded = true
    this.tellEnd()
    if (this.#hasEnded) this.destroy()
  }

  #writeInVain(sent: Sent | undefined): true {
    if (sent !== undefined) process.nextTick(sent, this.error ?? new Error('The connection has ended'))
    return true
  }

  #gather(bytes: Uint8Array): void {
    const unsent = (this.#unsent ??= new GatheredBytes())
    unsent.append(bytes)
    if (this.#underWayBytes > 0) return
    if (unsent.length >= AT_ONCE_BYTES) return this.flush()
    if (this.#isListed) return
    this.#isListed = true
    flushList.add(this)
  }

  #sendNow(bytes: Uint8Array | undefined): void {
    if (bytes !== undefined && bytes.length > 0) this.#send(bytes)
    if (this.#underWayBytes > 0) return
    // Whoever is told now may write more and end: then that says the end, when it is its turn.
    const isLast = this.#isEnding
    this.#allSent()
    if (isLast) this.#sayEnd()
  }

  #send(bytes: Uint8Array): void {
    const request: PortRequest = spareRequest ?? this.#nodeHandles.writeRequest()
    spareRequest = undefined
    const errno = this.#handle.writeBuffer(request, bytes)
    if (errno !== 0) return this.#fail('write', errno)
    if (!this.#nodeHandles.isWriteUnderWay()) {
      spareRequest = request
      return
    }
    request.port = this
    request.bytes = bytes
    request.oncomplete = onWritten
    this.#underWayBytes = bytes.length
  }

  #allSent(): void {
    const sent = this.#sent
    const wasFull = this.#isFull
    this.#isFull = false
    if (sent !== undefined && !this.#isClosing) {
      this.#sent = undefined
      for (const tell of sent) process.nextTick(tell)
    }
    if (wasFull && !this.#isClosing) this.#user?.writable()
  }

  /** Nothing waits to be sent. Where the peer has said all, closing says the same as our end, and there is nothing to wait for. */
  #sayEnd(): void {
    if (this.#isClosing || this.#hasSaidEnd) return
    this.#hasSaidEnd = true
    if (this.#hasPeerEnded) return this.destroy()
    const request: PortRequest = this.#nodeHandles.shutdownRequest()
    request.port = this
    request.oncomplete = onShutDown
    const errno = this.#handle.shutdown(request)
    if (errno === AT_ONCE || errno === NOT_CONNECTED) process.nextTick(saidEnd, this)
    else this.#check('shutdown', errno)
  }

  #check(what: string, errno: number): void {
    if (errno < 0) this.#fail(what, errno)
  }

  #fail(what: string, errno: number): void {
    const code = getSystemErrorName(errno)
    this.error ??= Object.assign(new Error(`${what} ${code}`), { code, errno, syscall: what })
    this.destroy()
  }

  #closed(): void {
    for (const tell of this.#sent ?? []) tell(this.error ?? new Error('The connection was closed'))
    this.#sent = undefined
    this.#user?.closed()
    this.watcher?.portClosed()
  }
}

/** Most writes are over at once, and their request can serve again. */
let spareRequest: PortRequest | undefined

function onRead(this: PortedHandle): void {
  this[PORT]?.heard()
}

function onWritten(this: PortRequest, status: number): void {
  this.port?.wrote(status)
}

function onShutDown(this: PortRequest): void {
  this.port?.saidEnd()
}

function saidEnd(port: HandlePort): void {
  port.saidEnd()
}

function tellEnd(port: HandlePort): void {
  port.tellEnd()
}
