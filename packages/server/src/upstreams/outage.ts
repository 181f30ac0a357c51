/** So long after the first failure requests go on trying: a backend that restarts costs no error. */
const GRACE_MS = 2_000

/**
 * Whether requests should still try an upstream that cannot be reached. For the grace all of them may: they wait for it to come
 * back. After that one at a time does, and the others are refused at once. Pure: time is an argument.
 */
export class Outage {
  #since: number | undefined
  #isTrying = false

  /** Asks: has it lasted for longer than the grace? */
  isLong(now: number): boolean {
    return this.#since !== undefined && now - this.#since >= GRACE_MS
  }

  /** Asks: may a request wait for a connection? One that may after the grace is the one that tries: it must say how that ended. */
  begin(now: number): 'go' | 'try' | 'refuse' {
    if (!this.isLong(now)) return 'go'
    if (this.#isTrying) return 'refuse'
    this.#isTrying = true
    return 'try'
  }

  /** Asks: is it worth trying again, by one that was let in as `part`? The one that tries goes on until its time is up. */
  mayTryAgain(part: 'go' | 'try', now: number): boolean {
    return part === 'try' || !this.isLong(now)
  }

  /** What `begin` called a try is over. */
  tried(): void {
    this.#isTrying = false
  }

  failed(now: number): void {
    this.#since ??= now
  }

  reached(): void {
    this.#since = undefined
  }
}
