export type CallerKind = 'acquire' | 'use' | 'pin' | 'try'

export interface CallerFacts {
  readonly kind: CallerKind
  readonly timeoutMs: number
  readonly controller: AbortController | undefined
  /** Whether others use the same signal. */
  readonly isShared: boolean
}

/** One call for a connection, and what became of it. */
export class Caller {
  readonly number: number
  readonly facts: CallerFacts
  readonly since: number
  readonly deadline: number
  state: 'waiting' | 'served' | 'refused' = 'waiting'
  settledAt: number | undefined = undefined
  /** Whether it was aborted before it was seen to settle. */
  isAborted = false
  wasAbortedBefore = false
  /** It asked from within an observer, maybe in the middle of another's call: nobody can say who came first. */
  isFromObserver = false
  /** Whether the queue was full when it asked. */
  isQueueFull = false
  /** How many dials had failed, and how many had succeeded, when it began to wait. */
  readonly dialsBefore: { readonly failed: number; readonly succeeded: number }

  constructor(number: number, facts: CallerFacts, dialsBefore: Caller['dialsBefore'], now: number) {
    this.number = number
    this.facts = facts
    this.since = now
    this.deadline = now + facts.timeoutMs
    this.dialsBefore = dialsBefore
  }

  get isWaiting(): boolean {
    return this.state === 'waiting'
  }

  get name(): string {
    return `caller ${this.number}`
  }
}
