/** Something that has bytes to send. */
export interface Flushable {
  /** Must not throw, nor call what may: others wait behind it. */
  flush(): void
}

/** So many wait at most: those they are for shall not stand idle while the rest of a thousand are read. */
const MOST_WAITING = 64

/**
 * What is written in one turn of the event loop goes out together, at its end: who it is for is woken once and finds the work of
 * many, where it would else be woken for each and fall asleep between them. Waking is the dearest part of a small write.
 */
class FlushList {
  #waiting: Flushable[] = []
  #isScheduled = false

  add(one: Flushable): void {
    this.#waiting.push(one)
    if (this.#waiting.length >= MOST_WAITING) this.#flush()
    else if (!this.#isScheduled) this.#schedule()
  }

  #schedule(): void {
    this.#isScheduled = true
    setImmediate(this.#endTurn)
  }

  readonly #endTurn = (): void => {
    this.#isScheduled = false
    this.#flush()
  }

  /** Who is flushed may write again: that waits for the next time. */
  #flush(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const one of waiting) one.flush()
  }
}

/** One for the process, as its event loop. */
export const flushList: FlushList = new FlushList()
