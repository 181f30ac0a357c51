import { constants } from 'node:os'

import type { Sent } from './byte-port.ts'
import { type Flushable, flushList } from './flush-list.ts'
import { GatheredBytes } from './gathered-bytes.ts'
import type { NodeHandles, StreamHandle, StreamRequest } from './node-handles.ts'
import { kept } from './read-buffer.ts'

/** What waits to be sent may be so much; then `write()` says no. */
const MOST_UNSENT_BYTES = 64 * 1024

/** So much does not wait for the end of the turn. */
const AT_ONCE_BYTES = 16 * 1024

const NOT_CONNECTED = -constants.errno.ENOTCONN

/** The connection that is written to. */
export interface WriterOwner {
  readonly isClosing: boolean
  readonly hasPeerEnded: boolean
  readonly error: Error | undefined
  /** All has gone out that `write()` had no room for. */
  drained(): void
  failed(syscall: string, errno: number): void
  destroy(): void
}

type WriterRequest = StreamRequest & { writer?: HandleWriter; bytes?: Uint8Array }

/** What goes out over a bare handle: in order, gathered by turns of the loop, the end last. */
export class HandleWriter implements Flushable {
  readonly #nodeHandles: NodeHandles
  readonly #handle: StreamHandle
  readonly #owner: WriterOwner
  /** These wait for the end of the turn, or for the write that is under way. */
  #unsent: GatheredBytes | undefined
  #sent: Sent[] | undefined
  /** Of the write that is under way. */
  #underWayBytes = 0
  /** Somebody will flush it. */
  #isListed = false
  isFull = false
  /** The end is to be said, or has been. */
  isEnding = false
  hasSaidEnd = false

  constructor(nodeHandles: NodeHandles, handle: StreamHandle, owner: WriterOwner) {
    this.#nodeHandles = nodeHandles
    this.#handle = handle
    this.#owner = owner
  }

  get unsentBytes(): number {
    return this.#underWayBytes + (this.#unsent?.length ?? 0)
  }

  /** Not after the end. False: it has more than it can take. */
  write(bytes: Uint8Array, sent: Sent | undefined): boolean {
    if (sent !== undefined) (this.#sent ??= []).push(sent)
    if (this.unsentBytes === 0 && bytes.length >= AT_ONCE_BYTES) this.#sendNow(kept(bytes))
    else this.#gather(bytes)
    // Once it is, only `drained()` says that it is no more: whoever was told waits for that.
    if (this.unsentBytes >= MOST_UNSENT_BYTES) this.isFull = true
    return !this.isFull
  }

  /** What was written goes out now, and then its end. After an error there would be a gap before it. */
  flush(): void {
    this.#isListed = false
    if (this.#underWayBytes > 0 || this.#owner.isClosing || this.#owner.error !== undefined) return
    this.#sendNow(this.#unsent?.take())
  }

  /** Takes back what waits, if it does not wait for a write that is under way. */
  withdraw(): boolean {
    if (this.#underWayBytes > 0 || this.unsentBytes === 0) return false
    this.#unsent?.take()
    const sent = this.#sent ?? []
    this.#sent = undefined
    for (const tell of sent) process.nextTick(tell, new Error('It was taken back before it went out'))
    return true
  }

  /** Says the end after what was written. */
  end(): void {
    this.isEnding = true
    this.flush()
  }

  /** The handle is closed: what was not sent never will be. */
  closed(): void {
    for (const tell of this.#sent ?? []) tell(this.#owner.error ?? new Error('The connection was closed'))
    this.#sent = undefined
  }

  /** For its requests alone. */
  wrote(status: number): void {
    if (this.#owner.isClosing) return
    this.#underWayBytes = 0
    if (status < 0) this.#owner.failed('write', status)
    else this.flush()
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
    const isLast = this.isEnding
    this.#allSent()
    if (isLast) this.#sayEnd()
  }

  #send(bytes: Uint8Array): void {
    const request: WriterRequest = spareRequest ?? this.#nodeHandles.writeRequest()
    spareRequest = undefined
    const errno = this.#handle.writeBuffer(request, bytes)
    if (errno !== 0) return this.#owner.failed('write', errno)
    if (!this.#nodeHandles.isWriteUnderWay()) {
      spareRequest = request
      return
    }
    request.writer = this
    request.bytes = bytes
    request.oncomplete = onWritten
    this.#underWayBytes = bytes.length
  }

  #allSent(): void {
    const sent = this.#sent
    const wasFull = this.isFull
    this.isFull = false
    if (this.#owner.isClosing) return
    if (sent !== undefined) {
      this.#sent = undefined
      for (const tell of sent) process.nextTick(tell)
    }
    if (wasFull) this.#owner.drained()
  }

  /**
   * Nothing waits to be sent. Where the peer has said all, closing says the same as our end; so it does if the peer ends before
   * ours has gone out, and nobody needs to hear that it has.
   */
  #sayEnd(): void {
    if (this.#owner.isClosing || this.hasSaidEnd) return
    this.hasSaidEnd = true
    if (this.#owner.hasPeerEnded) return this.#owner.destroy()
    const errno = this.#handle.shutdown(this.#nodeHandles.shutdownRequest())
    if (errno < 0 && errno !== NOT_CONNECTED) this.#owner.failed('shutdown', errno)
  }
}

/** Most writes are over at once, and their request can serve again. */
let spareRequest: WriterRequest | undefined

function onWritten(this: WriterRequest, status: number): void {
  this.writer?.wrote(status)
}
