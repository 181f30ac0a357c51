import type { Clock } from 'connpool'

import type { AcceptedHandle, BytePort, PortUser } from '../session/byte-port.ts'
import { DeadlineList, type Timed } from '../session/deadline-list.ts'
import { portOver } from '../session/port-of.ts'
import { resetHandle } from './raw-handle.ts'

/** How long a refused client may take to read why. */
const LINGER_MS = 1_000

/** So many may be reading at once; the others are reset. */
const MOST_LINGERING = 256

/**
 * Tells clients that are not let in why, in the protocol's words, and lets them read it: closing with their request unread
 * would reset the connection, and some would see that instead.
 */
export class Farewells {
  readonly #deadlines: DeadlineList
  #lingering = 0

  constructor(clock: Clock) {
    this.#deadlines = new DeadlineList(clock, LINGER_MS)
  }

  /** Undefined: there are no words, it is reset. */
  say(handle: AcceptedHandle, words: Uint8Array | undefined): void {
    if (words === undefined || this.#lingering >= MOST_LINGERING) return resetHandle(handle)
    this.#lingering++
    const farewell = new Farewell(portOver(handle), words, () => this.#lingering--)
    this.#deadlines.enter(farewell)
  }
}

class Farewell implements PortUser, Timed {
  readonly #port: BytePort
  readonly #gone: () => void
  dueAt = 0
  deadlines: DeadlineList | undefined
  earlier: Timed | undefined
  later: Timed | undefined

  constructor(port: BytePort, words: Uint8Array, gone: () => void) {
    this.#port = port
    this.#gone = gone
    port.attach(this)
    port.write(words)
    port.end()
    port.resume()
  }

  take(): boolean {
    return true
  }

  /** Both ends have said all: the socket closes by itself. */
  ended(): void {}

  writable(): void {}

  closed(): void {
    this.deadlines?.leave(this)
    this.#gone()
  }

  expire(): void {
    this.#port.destroy()
  }
}
