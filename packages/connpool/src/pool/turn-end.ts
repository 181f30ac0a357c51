// From `node:timers`: a test runner that fakes the global timers must not stop the event loop of a pool.
import { setImmediate } from 'node:timers'

import type { Entry } from './entry.ts'
import { KeepAlive } from './keep-alive.ts'

/**
 * What is worth doing only for what is still so when the turn of the event loop ends: watching connections that have
 * stayed idle, and keeping the process alive for those who wait.
 */
export class TurnEnd<C> {
  readonly #isAwaited: () => boolean
  readonly #keepAlive = new KeepAlive()
  #toRest: Entry<C>[] = []
  #isDue = false

  readonly #rested: (entry: Entry<C>) => void

  /** `isAwaited` is asked whether anybody waits for anything of the pool; `rested` is told who has stayed idle. */
  constructor(isAwaited: () => boolean, rested: (entry: Entry<C>) => void) {
    this.#isAwaited = isAwaited
    this.#rested = rested
  }

  /** Something has changed that the turn's end should look at. */
  touch(): void {
    if (this.#isDue) return
    this.#isDue = true
    setImmediate(this.#onTurnEnd)
  }

  /** It has come to rest: unless it is lent again in this turn, it will be watched. */
  restLater(entry: Entry<C>): void {
    if (entry.isListedForRest) return
    entry.isListedForRest = true
    this.#toRest.push(entry)
    this.touch()
  }

  /** Nobody waits any more, whatever the state. */
  letGo(): void {
    this.#keepAlive.hold(false)
  }

  readonly #onTurnEnd = (): void => {
    this.#isDue = false
    const entries = this.#toRest
    this.#toRest = []
    for (const entry of entries) this.#rest(entry)
    this.#keepAlive.hold(this.#isAwaited())
  }

  #rest(entry: Entry<C>): void {
    entry.isListedForRest = false
    if (entry.state !== 'idle' || entry.isResting) return
    entry.isResting = true
    this.#rested(entry)
    entry.keeper?.rest()
  }
}

/** It is going to be used: nobody watches it any more. */
export function wake<C>(entry: Entry<C>): void {
  if (!entry.isResting) return
  entry.isResting = false
  entry.keeper?.wake()
}
