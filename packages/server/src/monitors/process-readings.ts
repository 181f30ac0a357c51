import process from 'node:process'

import { EventLoopDelay } from './event-loop-delay.ts'
import { fdLimit, openFds } from './file-descriptors.ts'
import type { Readings } from './readings.ts'

/** Reads this process, until it is closed. The system is asked by files, which cannot be opened when none may be opened any more. */
export class ProcessReadings {
  readonly #delay = new EventLoopDelay()
  readonly #fdLimit = fdLimit()
  #memory: NodeJS.MemoryUsage = process.memoryUsage()
  #isOutOfFds = false

  read(): Readings {
    const { heapUsed, rss } = this.#readMemory()
    return {
      eventLoopDelayMs: this.#delay.read(),
      heapBytes: heapUsed,
      rssBytes: rss,
      fds: this.#isOutOfFds ? this.#fdLimit : openFds(),
      fdLimit: this.#fdLimit,
    }
  }

  close(): void {
    this.#delay.close()
  }

  /** Without a file descriptor left, what was read last. */
  #readMemory(): NodeJS.MemoryUsage {
    try {
      this.#memory = process.memoryUsage()
      this.#isOutOfFds = false
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EMFILE') throw error
      this.#isOutOfFds = true
    }
    return this.#memory
  }
}
