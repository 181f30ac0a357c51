import type { BreakerEvent } from '../../src/index.ts'
import type { FakeEndpoint } from './fake-endpoint.ts'

type State = BreakerEvent['state']

/** What may follow upon each state. */
const LEGAL: Readonly<Record<State, readonly State[]>> = {
  closed: ['open'],
  open: ['half-open'],
  'half-open': ['closed', 'open'],
}

/** Jitter makes the time that a breaker is open shorter, but not by more. */
const LEAST_RATIO = 0.75

/** Watches the breaker of one endpoint from outside: what it says of itself, next to the dials that the endpoint sees. */
export class BreakerWatch {
  /** How often it has changed. */
  changes = 0
  readonly #server: FakeEndpoint
  readonly #rules: { readonly openMs: number; readonly halfOpenProbes: number }
  #state: State = 'closed'
  #dialsWhenOpened = 0
  #openedAt = -Infinity

  constructor(server: FakeEndpoint, rules: { readonly openMs: number; readonly halfOpenProbes: number }) {
    this.#server = server
    this.#rules = rules
  }

  /** It says what it has become. Answers what is wrong with that, if anything. */
  became(state: State, now: number): string | undefined {
    const former = this.#state
    this.#state = state
    this.changes++
    if (state === 'open') this.#dialsWhenOpened = this.#server.dials
    if (state === 'open') this.#openedAt = now
    const isEarly = state === 'half-open' && now - this.#openedAt < this.#rules.openMs * LEAST_RATIO
    const isLegal = LEGAL[former].includes(state) && !isEarly
    return isLegal ? undefined : `the breaker of ${this.#server.text} was ${former} and is ${state} at ${now}`
  }

  /** What is wrong with the dials of its endpoint now, if anything. */
  flaw(): string | undefined {
    const { text, dials, dialing } = this.#server
    if (this.#state === 'open' && dials > this.#dialsWhenOpened) return `${text} was dialed while its breaker was open`
    const isTriedTooOften = this.#state === 'half-open' && dialing > this.#rules.halfOpenProbes
    return isTriedTooOften ? `${dialing} dials try ${text} while its breaker is half-open` : undefined
  }
}
