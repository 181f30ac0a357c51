/**
 * The wires around one pooled stream. A keeper notices that its connection is lost, proves it clean, takes away what the
 * last user left on it, watches it while nobody has it, and closes it. It decides nothing: the pool calls, and is told.
 *
 * All of it happens in the turn of the call. Between two leases in one turn the pool calls only `flaw()` and `scrub()`,
 * so after `scrub()` the connection is as freshly dialed at once, not a tick later.
 */
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

import { tuneSocket } from '../dial/socket-tuning.ts'
import type { SocketTuning } from '../dial/socket-tuning.ts'
import { freshStateOf } from './fresh-state.ts'
import type { FreshState } from './fresh-state.ts'
import type { Flaw, Keeper, Loss, Lost } from './keeper.ts'
import { afterPoll } from './poll-turn.ts'
import {
  defaultEncodingOf,
  dropIncoming,
  hasEnded,
  pipesOf,
  removeReadableListener,
  setReadingMode,
} from './stream-state.ts'

/** On a stream: its keeper. With it all streams have the same listeners, and thousands of idle ones cost little. */
const KEEPER = Symbol('connpool.keeper')

/** What a socket has and a plain duplex may lack. */
type KeptStream = Duplex &
  Partial<Pick<Socket, 'ref' | 'unref' | 'setTimeout' | 'timeout'>> & { [KEEPER]?: SocketKeeper | undefined }

type KeeperState = 'awake' | 'resting' | 'lost' | 'closing' | 'forgotten'

export class SocketKeeper implements Keeper {
  readonly #socket: KeptStream
  readonly #lost: Lost
  readonly #tuning: SocketTuning | undefined
  #fresh: FreshState
  #state: KeeperState = 'awake'
  #error: Error | undefined
  #hasClosed = false
  /** Whom to tell that it has closed; those who were told stay in it. */
  #closed: Set<() => void> | undefined

  /**
   * `lost` is called at most once, and never after one of the closing methods or `forget()`. With `tuning`, its options
   * are put back at every `scrub()`.
   */
  constructor(socket: Duplex, lost: Lost, tuning?: SocketTuning) {
    this.#socket = socket
    this.#lost = lost
    this.#tuning = tuning
    Object.defineProperty(socket, KEEPER, { value: this, writable: true, configurable: true })
    socket.on('error', onError)
    socket.on('close', onClose)
    this.#fresh = freshStateOf(socket)
  }

  /** After onConnect: the listeners that are on it now, and how it is read now, stay for its life. */
  keepListeners(): void {
    this.#fresh = freshStateOf(this.#socket)
  }

  /** Asks: what keeps it from being lent again now? Undefined is the proof that it is clean. */
  flaw(): Flaw | undefined {
    const socket = this.#socket
    if (this.#error !== undefined || socket.errored) return 'socket-error'
    if (hasEnded(socket)) return 'peer-closed'
    if (!socket.writable || socket.destroyed) return 'dirty'
    return socket.readableLength > 0 || socket.writableLength > 0 ? 'dirty' : undefined
  }

  /**
   * Asks: are bytes still on their way out? Then it is `dirty`, but may be clean after the next poll. TLS calls a write
   * finished one turn after the bytes have gone, and a fast peer has answered by then: of replies from another process on
   * the same machine, a quarter come first. So wait for one `afterPoll()`, and ask for the flaw again.
   */
  isWriting(): boolean {
    return this.#socket.writableLength > 0
  }

  /**
   * Removes what the last user left; false where something cannot be undone. Only for a connection without a flaw.
   *
   * One thing may remain, where a 'readable' listener was removed in this very tick: a pause() of the next user in the
   * same tick is then undone by Node (bytes may flow before resume(); none is lost).
   */
  scrub(): boolean {
    const socket = this.#socket
    const fresh = this.#fresh
    if (!fresh.listeners.isIntact(socket) && !this.#removeListeners()) return false
    if (socket.readableEncoding !== fresh.readableEncoding || socket.writableCorked > 0) return false
    setReadingMode(socket, fresh.mode)
    if ((socket.timeout ?? 0) !== fresh.timeoutMs) socket.setTimeout?.(fresh.timeoutMs)
    if (defaultEncodingOf(socket) !== fresh.defaultEncoding) socket.setDefaultEncoding(fresh.defaultEncoding)
    if (this.#tuning !== undefined) tuneSocket(socket, this.#tuning)
    socket.ref?.()
    return true
  }

  /** Resting: bytes, the peer's end or an error call `lost()` at once, and it does not keep the process alive. */
  rest(): void {
    if (this.#state !== 'awake') return
    this.#state = 'resting'
    // A listener of onConnect must not read the bytes before this one has seen them.
    if (this.#fresh.mode.readableListening) this.#socket.prependListener('readable', onReadable)
    else this.#socket.on('readable', onReadable)
    this.#socket.unref?.()
  }

  /** Back to the state of a freshly dialed connection: nobody watches, and it keeps the process alive. */
  wake(): void {
    if (this.#state !== 'resting') return
    this.#state = 'awake'
    removeReadableListener(this.#socket, onReadable)
    setReadingMode(this.#socket, this.#fresh.mode)
    this.#socket.ref?.()
  }

  /** It keeps the process alive, in any state. */
  ref(): void {
    this.#socket.ref?.()
  }

  /** It does not keep the process alive, in any state. */
  unref(): void {
    this.#socket.unref?.()
  }

  /**
   * Says goodbye, drops whatever still arrives, and waits for the peer to do the same, so that `closed()` is called when
   * the peer has seen the end too. A request that was not yet sent is not sent: with unwritten bytes this is
   * `closeNow()`. There is no time limit here; call `closeNow()` when it has taken too long.
   */
  closeGently(closed: () => void): void {
    const socket = this.#socket
    if (this.#state === 'forgotten') return
    if (socket.destroyed || socket.writableLength > 0) {
      this.closeNow(closed)
      return
    }
    this.#beginClosing(closed)
    // Said twice it makes an error that nobody sees: its stack alone costs as much as closing.
    if (!socket.writableEnded) socket.end()
    dropIncoming(socket)
  }

  /**
   * Destroys it. May follow `closeGently()`, and itself: every function it was given is called once, when it has closed,
   * and never before this returns.
   */
  closeNow(closed: () => void): void {
    const socket = this.#socket
    if (this.#state === 'forgotten') return
    const willEmitClose = socket instanceof Socket && !socket.closed
    const isNew = this.#beginClosing(closed)
    if (this.#hasClosed) {
      if (isNew) queueMicrotask(closed)
      return
    }
    socket.destroy()
    // A stream may have closed before this keeper was made, or may be one that emits no 'close'.
    if (!willEmitClose) afterPoll(() => socket.closed && this.#finish())
  }

  /** It is no longer the pool's: our listeners are off, it is awake, and closing it is its owner's business. */
  forget(): void {
    this.wake()
    this.#state = 'forgotten'
    this.#socket.off('error', onError)
    this.#socket.off('close', onClose)
    this.#socket[KEEPER] = undefined
  }

  /** The long way: somebody left a listener, or took one away. */
  #removeListeners(): boolean {
    const { pipes, listeners } = this.#fresh
    try {
      for (const destination of pipesOf(this.#socket)) {
        if (!pipes.includes(destination)) this.#socket.unpipe(destination)
      }
      return listeners.restore(this.#socket)
    } catch {
      return false // a listener for 'unpipe' or 'removeListener' threw; what it has done by then nobody knows
    }
  }

  /** Whether `closed` is one more to be told. */
  #beginClosing(closed: () => void): boolean {
    this.#state = 'closing'
    this.#putBackListeners()
    this.#closed ??= new Set()
    const { size } = this.#closed
    return this.#closed.add(closed).size > size
  }

  /** Its holder may have taken all listeners off; what it says to the end must still be heard. */
  #putBackListeners(): void {
    const socket = this.#socket
    if (!socket.listeners('error').includes(onError)) socket.on('error', onError)
    if (!socket.listeners('close').includes(onClose)) socket.on('close', onClose)
  }

  #finish(): void {
    if (this.#hasClosed) return
    this.#hasClosed = true
    for (const closed of this.#closed ?? []) closed()
  }

  #lose(why: Loss): void {
    this.#state = 'lost'
    this.#lost(why, this.#error)
  }

  /** For the listener alone: something has arrived, or the end has; or nothing, now and then. */
  heardReadable(): void {
    if (this.#state !== 'resting') return
    if (this.#socket.readableLength > 0) this.#lose('idle-data')
    else if (hasEnded(this.#socket)) this.#lose('peer-closed')
  }

  /** For the listener alone. */
  heardError(error: Error): void {
    this.#error ??= error
    if (this.#state === 'resting') this.#lose('socket-error')
  }

  /** For the listener alone. */
  heardClose(): void {
    if (this.#state === 'closing') this.#finish()
    this.#hasClosed = true
    if (this.#state !== 'awake' && this.#state !== 'resting') return
    this.#lose(this.#error === undefined ? 'peer-closed' : 'socket-error')
  }
}

function onReadable(this: KeptStream): void {
  this[KEEPER]?.heardReadable()
}

/** Stays on for life: an error of a connection, even of a closed one, never ends the process. */
function onError(this: KeptStream, error: Error): void {
  this[KEEPER]?.heardError(error)
}

function onClose(this: KeptStream): void {
  this[KEEPER]?.heardClose()
}
