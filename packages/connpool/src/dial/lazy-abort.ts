/**
 * An `AbortController` whose signal is made when somebody first reads it. A signal, and a listener on it, cost a good part
 * of what a dial costs a pool, and hardly any is ever aborted.
 */
export class LazyAbort {
  #listener: ((reason: unknown) => void) | undefined
  #controller: AbortController | undefined
  #isAborted = false
  #reason: unknown

  get signal(): AbortSignal {
    if (this.#controller !== undefined) return this.#controller.signal
    this.#controller = new AbortController()
    if (this.#isAborted) this.#controller.abort(this.#reason)
    return this.#controller.signal
  }

  /** The first reason is the one that counts. */
  abort(reason: unknown): void {
    if (this.#isAborted) return
    this.#isAborted = true
    this.#reason = reason
    this.#controller?.abort(reason)
    this.#listener?.(reason)
  }

  /** Called once when it is aborted, or now: cheaper than a listener of the signal. There is one; undefined: none. */
  onAbort(listener: ((reason: unknown) => void) | undefined): void {
    this.#listener = listener
    if (this.#isAborted) listener?.(this.#reason)
  }

  /** Asks: does somebody hear it? */
  get isHeard(): boolean {
    return this.#listener !== undefined
  }

  throwIfAborted(): void {
    if (this.#isAborted) throw this.#reason
  }
}
