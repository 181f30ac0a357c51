import type { Clock } from 'connpool'

import type { MonitorSettings } from '../config/settings.ts'
import { OverloadMachine, type OverloadVerdict } from './overload-machine.ts'
import type { Readings } from './readings.ts'

const EVERY_MS = 500

/**
 * A loop that was late in so many readings in a row is overloaded. One stall, be it a garbage collection or a busy
 * machine, is in two of them, and no reason to send clients away: it is over.
 */
const LATE_READINGS = 3

/** What reads the process: {@link ProcessReadings}. */
export interface ReadingSource {
  read(): Readings
  close(): void
}

/** Reads this process twice a second, and says when the order changes. It starts when it is made, and ends by `close`. */
export class OverloadMonitor {
  readonly #machine: OverloadMachine
  readonly #source: ReadingSource
  readonly #clock: Clock
  readonly #ordered: (verdict: OverloadVerdict) => void
  #readings: Readings
  #delaysMs: readonly number[] = []
  #timer: Disposable | undefined

  constructor(
    settings: MonitorSettings,
    { source, clock, ordered }: { source: ReadingSource; clock: Clock; ordered: (verdict: OverloadVerdict) => void },
  ) {
    this.#machine = new OverloadMachine(settings)
    this.#source = source
    this.#clock = clock
    this.#ordered = ordered
    this.#readings = source.read()
    this.#waitFor(clock.now() + EVERY_MS)
  }

  get verdict(): OverloadVerdict {
    return this.#machine.verdict
  }

  /** What was read last. */
  get readings(): Readings {
    return this.#readings
  }

  /** Other thresholds. */
  setRules(settings: MonitorSettings): void {
    this.#machine.setRules(settings)
  }

  close(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
    this.#source.close()
  }

  #waitFor(time: number): void {
    this.#timer = this.#clock.wakeAt(time, () => this.#look())
  }

  #look(): void {
    const now = this.#clock.now()
    this.#waitFor(now + EVERY_MS)
    this.#readings = this.#source.read()
    const eventLoopDelayMs = this.#lastingDelayMs(this.#readings)
    if (this.#machine.observe({ ...this.#readings, eventLoopDelayMs }, now)) this.#ordered(this.verdict)
  }

  #lastingDelayMs({ eventLoopDelayMs }: Readings): number {
    this.#delaysMs = [eventLoopDelayMs, ...this.#delaysMs].slice(0, LATE_READINGS)
    return this.#delaysMs.length < LATE_READINGS ? 0 : Math.min(...this.#delaysMs)
  }
}
