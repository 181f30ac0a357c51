import type { Flaw, Keeper, Loss, Lost } from 'connpool'

import type { BytePort, PortUser } from './byte-port.ts'

/** Told of the end of a port, apart from who uses it. */
export interface PortWatcher {
  portClosed(): void
}

/** A port that a pool can have. */
export interface KeptPort extends BytePort {
  /** Told of its close, after the user. */
  watcher: PortWatcher | undefined
  readonly isClosing: boolean
  readonly hasPeerEnded: boolean
  /** Asks: has somebody got it? */
  readonly isUsed: boolean
  /** How many wait to be sent, and how many have come that nobody has taken. */
  readonly unsentBytes: number
  readonly keptBytes: number
  /** Whether it keeps the process alive. */
  ref(): void
  unref(): void
}

type KeeperState = 'awake' | 'resting' | 'lost' | 'closing' | 'forgotten'

/** Keeps a port in a pool: uses it while nobody else does, and is told when it is gone. */
export class PortKeeper implements Keeper, PortUser, PortWatcher {
  readonly #port: KeptPort
  readonly #lost: Lost
  #state: KeeperState = 'awake'
  #hasClosed = false
  /** Whom to tell that it has closed. */
  readonly #toTell: (() => void)[] = []

  constructor(port: KeptPort, lost: Lost) {
    this.#port = port
    this.#lost = lost
    port.watcher = this
    port.resume()
  }

  flaw(): Flaw | undefined {
    const port = this.#port
    if (port.error !== undefined) return 'socket-error'
    if (port.hasPeerEnded) return 'peer-closed'
    return port.isWritable && port.keptBytes === 0 && port.unsentBytes === 0 ? undefined : 'dirty'
  }

  isWriting(): boolean {
    return this.#port.unsentBytes > 0
  }

  /** There is nothing on a port but its user, and bytes that are not read cannot show. */
  scrub(): boolean {
    if (this.#port.isUsed) return false
    this.#port.resume()
    this.#port.ref()
    return true
  }

  keepListeners(): void {}

  rest(): void {
    if (this.#state !== 'awake') return
    this.#state = 'resting'
    if (this.flaw() !== undefined) return process.nextTick(() => this.#lose())
    this.#port.attach(this)
    this.#port.unref()
    this.#port.resume()
  }

  wake(): void {
    if (this.#state !== 'resting') return
    this.#state = 'awake'
    this.#port.detach()
    this.#port.ref()
  }

  ref(): void {
    this.#port.ref()
  }

  unref(): void {
    this.#port.unref()
  }

  closeGently(closed: () => void): void {
    if (this.#state === 'forgotten') return
    if (this.#port.isClosing || this.#port.unsentBytes > 0) return this.closeNow(closed)
    this.#beginClosing(closed)
    this.#port.attach(this)
    this.#port.end()
    this.#port.resume()
  }

  closeNow(closed: () => void): void {
    if (this.#state === 'forgotten') return
    this.#beginClosing(closed)
    if (this.#hasClosed) queueMicrotask(() => this.#finish())
    else this.#port.destroy()
  }

  forget(): void {
    this.wake()
    this.#state = 'forgotten'
    this.#port.watcher = undefined
  }

  /** While it closes nobody wants what still comes. */
  take(): boolean {
    if (this.#state === 'resting') this.#lose('idle-data')
    return true
  }

  ended(): void {
    if (this.#state === 'resting') this.#lose('peer-closed')
  }

  writable(): void {}

  /** As its watcher it is told too. */
  closed(): void {}

  portClosed(): void {
    this.#hasClosed = true
    if (this.#state === 'closing') this.#finish()
    else this.#lose()
  }

  #beginClosing(closed: () => void): void {
    this.#state = 'closing'
    this.#toTell.push(closed)
  }

  #finish(): void {
    for (const tell of this.#toTell.splice(0)) tell()
  }

  /** Left out, it is why it cannot be lent. */
  #lose(why: Loss = lossOf(this.flaw())): void {
    if (this.#state !== 'awake' && this.#state !== 'resting') return
    this.#state = 'lost'
    this.#port.detach()
    this.#lost(why, this.#port.error)
  }
}

function lossOf(flaw: Flaw | undefined): Loss {
  if (flaw === 'socket-error') return flaw
  return flaw === 'dirty' ? 'idle-data' : 'peer-closed'
}
