import type { Clock } from 'connpool'

/** The longest delay a timer of Node takes; a longer one would fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1

/** The machine's clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wakeAt(time, wake) {
    const delayMs = Math.max(1, Math.ceil(time - performance.now()))
    const timer = setTimeout(wake, Math.min(delayMs, LONGEST_DELAY_MS))
    timer.unref()
    return { [Symbol.dispose]: () => clearTimeout(timer) }
  },
}
