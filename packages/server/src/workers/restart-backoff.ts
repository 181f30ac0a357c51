const BASE_MS = 100

/** A worker that served is missed: it is replaced within a second. */
const MOST_AFTER_SERVING_MS = 1_000

/** One that cannot even start costs a process start each time. */
const MOST_MS = 10_000

/** Whoever has lived so long did not die of how it was started. */
const GOOD_LIFE_MS = 10_000

/** How one worker's life was. */
export interface WorkerLife {
  readonly livedMs: number
  /** It was ready once. */
  readonly hasServed: boolean
  /** From 0 to below 1. */
  readonly random: number
}

/**
 * How long to wait before a dead worker is replaced: 100 ms, twice as long after each death that soon follows, at most 1 s for
 * one that had served and 10 s for one that had not; up to a quarter of it more, so that not all are started at once.
 */
export class RestartBackoff {
  #quickDeaths = 0

  /** The wait, in milliseconds. */
  died({ livedMs, hasServed, random }: WorkerLife): number {
    if (livedMs >= GOOD_LIFE_MS) this.#quickDeaths = 0
    const mostMs = hasServed ? MOST_AFTER_SERVING_MS : MOST_MS
    const waitMs = Math.min(BASE_MS * 2 ** this.#quickDeaths, mostMs)
    this.#quickDeaths = Math.min(this.#quickDeaths + 1, 16)
    return waitMs * (1 + random / 4)
  }
}
