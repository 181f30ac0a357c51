import { promises } from 'node:dns'

import { type Clock, systemClock } from '../../clock.ts'
import { afterPoll } from '../../health/poll-turn.ts'
import { asError } from '../../pool/as-error.ts'
import type { DiscoveryListener, UpstreamEndpoint } from './discovery.ts'
import { endpointsOf, keyOf } from './dns-answers.ts'
import { METHODS, type ResolvedDnsOptions } from './dns-options.ts'
import { refreshDelayMs } from './refresh-delay.ts'

const LONGEST_LOOKUP_MS = 5_000

/** Of our own resolver: a lost packet is sent again, and another server asked, well before the look-up is given up. */
const TRIES = { timeout: 1_500, tries: 2 }

/**
 * Looks a name up, again and again, until it is disposed. There is one look-up at a time and one timer, for its end or for
 * the next one; an answer that comes after its look-up was given up changes nothing.
 */
export class DnsWatch implements Disposable {
  readonly #options: ResolvedDnsOptions
  readonly #listener: DiscoveryListener
  readonly #clock: Clock
  /** Ours alone, so that we may cancel whatever it is doing; undefined with a resolver of the user. */
  readonly #ownResolver: promises.Resolver | undefined
  /** The number of the look-up under way; what an earlier one brings is nothing to us. */
  #current: number | undefined
  #lookups = 0
  #timer: Disposable | undefined
  #failures = 0
  #lastKey: string | undefined
  #hasEnded = false

  constructor(options: ResolvedDnsOptions, listener: DiscoveryListener) {
    this.#options = options
    this.#listener = listener
    this.#clock = options.clock ?? systemClock
    this.#ownResolver = options.resolver === undefined ? new promises.Resolver(TRIES) : undefined
    this.#begin()
  }

  [Symbol.dispose](): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#current = undefined
    this.#timer?.[Symbol.dispose]()
    this.#ownResolver?.cancel()
  }

  #begin(): void {
    const lookup = ++this.#lookups
    this.#current = lookup
    this.#wakeIn(Math.min(LONGEST_LOOKUP_MS, this.#options.refreshMs), () => afterPoll(() => this.#giveUp(lookup)))
    this.#ask().then(
      (set) => this.#found(lookup, set),
      (error: unknown) => this.#failed(lookup, asError(error)),
    )
  }

  async #ask(): Promise<readonly UpstreamEndpoint[]> {
    const { name, type, resolver = this.#ownResolver } = this.#options
    return endpointsOf(await resolver?.[METHODS[type]]?.(name), this.#options)
  }

  #found(lookup: number, set: readonly UpstreamEndpoint[]): void {
    if (lookup !== this.#current) return
    this.#failures = 0
    this.#rest()
    const key = keyOf(set)
    if (key === this.#lastKey) return
    this.#lastKey = key
    this.#tell(() => this.#listener.endpoints(set))
  }

  #failed(lookup: number, error: Error): void {
    if (lookup !== this.#current) return
    this.#failures++
    this.#rest()
    this.#tell(() => this.#listener.failed(error))
  }

  #giveUp(lookup: number): void {
    if (lookup !== this.#current) return
    const { name, type, refreshMs } = this.#options
    const message = `looking up the ${type} records of ${name} took longer than ${Math.min(LONGEST_LOOKUP_MS, refreshMs)} ms`
    this.#failed(lookup, Object.assign(new Error(message), { code: 'ETIMEOUT' }))
    this.#ownResolver?.cancel()
  }

  /** Until the next look-up. Before the listener is told, so that nothing it does can keep that from coming. */
  #rest(): void {
    this.#current = undefined
    const { refreshMs, random } = this.#options
    this.#wakeIn(refreshDelayMs(refreshMs, this.#failures, random()), () => this.#begin())
  }

  #wakeIn(delayMs: number, wake: () => void): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = this.#clock.wakeAt(this.#clock.now() + delayMs, wake)
  }

  #tell(tell: () => void): void {
    try {
      tell()
    } catch (error) {
      process.emitWarning(`The listener to the endpoints of ${this.#options.name} threw: ${asError(error).message}`, {
        type: 'ConnpoolWarning',
        code: 'CONNPOOL_LISTENER_THREW',
      })
    }
  }
}
