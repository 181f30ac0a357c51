// From `node:timers`: a test runner that fakes the global timers must not stop the clock of a pool.
import { clearTimeout, setImmediate, setTimeout } from 'node:timers'

/**
 * The only door to time. `now()` is monotonic milliseconds since some fixed moment; it says nothing about the date.
 *
 * Pass your own as the `clock` option to make a pool deterministic; `connpool/testing` has a `FakeClock`.
 */
export interface Clock {
  /** Monotonic milliseconds. May have a fraction; must never go back. */
  now(): number
  /** Calls `wake` once when `now()` has reached `time`, never synchronously. Disposing the answer cancels it. */
  wakeAt(time: number, wake: () => void): Disposable
}

/** The longest delay a Node timer takes; a longer one would fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1

/**
 * The machine's clock. Reading it costs about as much as lending a connection, so `now()` answers the reading of this
 * turn of the event loop once there is one; `fresh()` reads again, for decisions that a long turn would falsify.
 */
export class SystemClock implements Clock {
  #reading = 0
  #isRead = false

  now(): number {
    return this.#isRead ? this.#reading : this.fresh()
  }

  fresh(): number {
    this.#reading = performance.now()
    if (!this.#isRead) {
      this.#isRead = true
      setImmediate(this.#forget)
    }
    return this.#reading
  }

  /** The timer does not keep the process alive. */
  wakeAt(time: number, wake: () => void): Disposable {
    const delayMs = Math.ceil(time - performance.now())
    const timer = setTimeout(wake, Math.min(Math.max(delayMs, 1), LONGEST_DELAY_MS))
    timer.unref()
    return { [Symbol.dispose]: () => clearTimeout(timer) }
  }

  readonly #forget = (): void => {
    this.#isRead = false
  }
}

/** One for the process: all pools share its reading. */
export const systemClock: SystemClock = new SystemClock()
