import process from 'node:process'

import { EventLoopDelay } from './event-loop-delay.ts'
import { fdLimit, openFds } from './file-descriptors.ts'
import type { Readings } from './readings.ts'

/** Reads this process, until it is closed. */
export class ProcessReadings {
  readonly #delay = new EventLoopDelay()
  readonly #fdLimit = fdLimit()

  read(): Readings {
    const { heapUsed, rss } = process.memoryUsage()
    return {
      eventLoopDelayMs: this.#delay.read(),
      heapBytes: heapUsed,
      rssBytes: rss,
      fds: openFds(),
      fdLimit: this.#fdLimit,
    }
  }

  close(): void {
    this.#delay.close()
  }
}
