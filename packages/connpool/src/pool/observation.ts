import type { Channel } from 'node:diagnostics_channel'

import {
  acquireChannel,
  breakerChannel,
  closeChannel,
  dialChannel,
  releaseChannel,
  waitingChannel,
} from '../metrics/channels.ts'
import type { PoolEvent, PoolObserver } from '../observer.ts'
import { asError } from './as-error.ts'

type Told = keyof PoolObserver
type EventOf<Name extends Told> = Parameters<NonNullable<PoolObserver[Name]>>[0]

const CHANNEL_OF: { readonly [Name in Told]?: Channel } = {
  acquired: acquireChannel,
  released: releaseChannel,
  dialed: dialChannel,
  closed: closeChannel,
  breaker: breakerChannel,
  waiting: waitingChannel,
}

/** Tells the observer and the diagnostics channels. Asking {@link hears} first keeps unheard events free. */
export class Observation {
  readonly #observer: PoolObserver | undefined
  readonly #pool: PoolEvent
  readonly #tellsAcquired: boolean
  readonly #tellsReleased: boolean
  readonly #tellsWaiting: boolean

  constructor(pool: PoolEvent, observer: PoolObserver | undefined) {
    this.#pool = pool
    this.#observer = observer
    this.#tellsAcquired = observer?.acquired !== undefined
    this.#tellsWaiting = observer?.waiting !== undefined
    this.#tellsReleased = observer?.released !== undefined
  }

  /** As {@link hears}, for what happens so often that asking must cost nothing. */
  get hearsAcquired(): boolean {
    return this.#tellsAcquired || acquireChannel.hasSubscribers
  }

  get hearsReleased(): boolean {
    return this.#tellsReleased || releaseChannel.hasSubscribers
  }

  get hearsWaiting(): boolean {
    return this.#tellsWaiting || waitingChannel.hasSubscribers
  }

  hears(name: Told): boolean {
    return this.#observer?.[name] !== undefined || CHANNEL_OF[name]?.hasSubscribers === true
  }

  /** Must not be called in the middle of a transition: the observer may call the pool. */
  tell<Name extends Told>(name: Name, event: Omit<EventOf<Name>, keyof PoolEvent>): void {
    const whole = { ...this.#pool, ...event }
    try {
      const observe = this.#observer?.[name] as ((event: unknown) => unknown) | undefined
      const answer = observe?.call(this.#observer, whole)
      if (answer instanceof Promise) answer.catch((error: unknown) => this.#report(name, error))
    } catch (error) {
      this.#report(name, error)
    }
    const channel = CHANNEL_OF[name]
    if (channel?.hasSubscribers === true) channel.publish(whole)
  }

  #report(name: Told, error: unknown): void {
    process.emitWarning(`The observer of pool ${this.#pool.pool} threw in ${name}(): ${asError(error).message}`, {
      type: 'ConnpoolWarning',
      code: 'CONNPOOL_OBSERVER_THREW',
    })
  }
}
