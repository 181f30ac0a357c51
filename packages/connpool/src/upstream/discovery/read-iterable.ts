import type { DiscoveryListener, EndpointSet } from './discovery.ts'

/** Tells each set that an async iterable yields, until it ends or the answer is disposed; that calls its `return()`. */
export function readIterable(source: AsyncIterable<EndpointSet>, listener: DiscoveryListener): Disposable {
  const reading = new IterableReading(source[Symbol.asyncIterator](), listener)
  void reading.read() // it tells the listener what goes wrong
  return reading
}

class IterableReading implements Disposable {
  readonly #iterator: AsyncIterator<EndpointSet>
  readonly #listener: DiscoveryListener
  #hasEnded = false
  #hasYielded = false

  constructor(iterator: AsyncIterator<EndpointSet>, listener: DiscoveryListener) {
    this.#iterator = iterator
    this.#listener = listener
  }

  async read(): Promise<void> {
    try {
      while (await this.#readOne());
      if (!this.#hasYielded && !this.#hasEnded) throw new Error('the source of endpoints has ended before it told any')
    } catch (error) {
      this.#listener.failed(error as Error)
    }
  }

  /** A generator that still awaits something ends when that is done; nobody waits for it, and its errors reach nobody. */
  [Symbol.dispose](): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    void end(this.#iterator)
  }

  async #readOne(): Promise<boolean> {
    const step = await this.#iterator.next()
    if (this.#hasEnded || step.done === true) return false
    this.#hasYielded = true
    this.#listener.endpoints(step.value)
    return true
  }
}

async function end(iterator: AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.()
  } catch {
    // What it still has to say concerns nobody.
  }
}
