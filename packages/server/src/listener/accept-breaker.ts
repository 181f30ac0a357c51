/** While nothing can be reached, one client in such a time is let through, to find out whether that is still so. */
const PROBE_EVERY_MS = 1_000

/** After that, one client may come in the first step, twice as many in each that follows. */
const STEP_MS = 100
const MOST_STEPS = 30

type State =
  | { readonly state: 'closed' }
  | { readonly state: 'open'; probedAt: number }
  | { readonly state: 'ramp'; readonly since: number; step: number; admitted: number; hasRefused: boolean }

const CLOSED: State = { state: 'closed' }

/**
 * Refuses new clients at once while none of the upstream's endpoints can be reached, and lets them come back slowly when
 * one can, so that an endpoint that has just restarted does not meet all of them at once. The ramp is over with the first
 * step in which nobody had to be refused.
 *
 * Pure: time is an argument, in milliseconds.
 */
export class AcceptBreaker {
  #now: State = CLOSED

  get state(): State['state'] {
    return this.#now.state
  }

  /** No endpoint can be reached. Said again, it changes nothing. */
  unreachable(): void {
    if (this.#now.state !== 'open') this.#now = { state: 'open', probedAt: -Infinity }
  }

  /** One of them can. */
  reachable(now: number): void {
    if (this.#now.state === 'open') this.#now = { state: 'ramp', since: now, step: 0, admitted: 0, hasRefused: false }
  }

  /** Answers whether this client may come in, and counts it. */
  admits(now: number): boolean {
    const state = this.#now
    switch (state.state) {
      case 'closed':
        return true
      case 'open':
        if (now - state.probedAt < PROBE_EVERY_MS) return false
        state.probedAt = now
        return true
      case 'ramp':
        return this.#admitsInStep(state, Math.floor((now - state.since) / STEP_MS))
    }
  }

  #admitsInStep(ramp: State & { state: 'ramp' }, step: number): boolean {
    const hasNewStep = step > ramp.step
    if (step >= MOST_STEPS || (hasNewStep && !(ramp.hasRefused && step === ramp.step + 1))) {
      this.#now = CLOSED
      return true
    }
    if (hasNewStep) Object.assign(ramp, { step, admitted: 0, hasRefused: false })
    if (ramp.admitted < 2 ** step) ramp.admitted++
    else ramp.hasRefused = true
    return !ramp.hasRefused
  }
}
