import { clearInterval, setInterval } from 'node:timers'

/** Far enough apart to cost nothing; it is only there to be waited for. */
const SELDOM_MS = 2 ** 30

/** Keeps the process alive while somebody waits, which no socket or timer of the pool does. */
export class KeepAlive {
  #handle: NodeJS.Timeout | undefined

  hold(isNeeded: boolean): void {
    if (isNeeded === (this.#handle !== undefined)) return
    if (isNeeded) {
      this.#handle = setInterval(() => undefined, SELDOM_MS)
    } else {
      clearInterval(this.#handle)
      this.#handle = undefined
    }
  }
}
