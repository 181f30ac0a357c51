import type { SimulatedSocket } from '../../src/testing.ts'
import type { Tenancy } from './tenancy.ts'

export type HookName = 'onConnect' | 'probe' | 'reset' | 'closeConnection'

/** One call of a hook on one connection, as the hook itself saw it. */
export interface HookCall {
  readonly name: HookName
  readonly signal: AbortSignal
  readonly startedAt: number
  isPending: boolean
}

/** Where a connection stands, by what its hooks, its socket and its users saw. */
export type Standing = 'dialing' | 'idle' | 'probing' | 'leased' | 'going' | 'gone' | 'detached'

/** What the simulation knows of one dial and of the connection it made, without asking the pool. */
export class ConnectionRecord {
  readonly number: number
  readonly startedAt: number
  readonly signal: AbortSignal
  dial: 'pending' | 'succeeded' | 'failed' = 'pending'
  socket: SimulatedSocket | undefined = undefined
  /** Dialed and set up: from here on the pool may lend it. */
  isReady = false
  readyAt: number | undefined = undefined
  /** When a probe last found it healthy. */
  provenAt: number | undefined = undefined
  /** It was open when the pool was cleared, at this time. */
  clearedAt = Infinity
  /** The pool gave the dial or the set-up up at this time. */
  givenUpAt: number | undefined = undefined
  hook: HookCall | undefined = undefined
  tenancy: Tenancy | undefined = undefined
  /** Since when the pool has been closing it. */
  goingSince: number | undefined = undefined
  /** When somebody on this side first ended or destroyed it. */
  endedAt: number | undefined = undefined
  isDetached = false
  /** It was lost before anybody had used it. */
  isLostUnused = false
  lentCount = 0
  /** How many resets have gone well. */
  resetCount = 0
  returnedAt: number | undefined = undefined
  troublesAtReturn = 0
  /** Its last user left a reply under way, or something was sent to it that nobody can tell from a reply. */
  isTainted = false

  constructor(number: number, signal: AbortSignal, now: number) {
    this.number = number
    this.signal = signal
    this.startedAt = now
  }

  /** Whether nothing is left of it that could take up a place. */
  get isOver(): boolean {
    if (this.hook?.name === 'closeConnection' && this.hook.isPending) return false
    if (this.socket === undefined) return this.dial !== 'pending'
    return this.socket.closed
  }

  /** `hasLost(since)`: whether what has been closing since then has lost its place by now. */
  standing(hasLost: (since: number) => boolean, now: number): Standing {
    if (this.isDetached) return 'detached'
    if (this.tenancy?.isLive === true) return 'leased'
    if (this.#isGoing(now)) return this.isOver || hasLost(this.goingSince ?? now) ? 'gone' : 'going'
    if (this.isOver) return 'gone'
    if (!this.isReady) return 'dialing'
    return this.hook?.isPending === true && !this.hook.signal.aborted ? 'probing' : 'idle'
  }

  /** Asks whether the pool has begun to close it, and remembers when that was first seen. */
  #isGoing(now: number): boolean {
    if (this.goingSince !== undefined) return true
    this.goingSince = this.#beganToGo(now)
    return this.goingSince !== undefined
  }

  /** The pool closes it as one that it counts. Where its dial was given up before, the time for that begins now. */
  closes(now: number): void {
    if (this.givenUpAt !== undefined && !this.isReady) this.goingSince = now
  }

  #beganToGo(now: number): number | undefined {
    if (this.givenUpAt !== undefined && !this.isReady) return this.givenUpAt
    if (this.hook?.name === 'closeConnection') return this.hook.startedAt
    if (this.socket === undefined || !(this.socket.writableEnded || this.socket.destroyed)) return undefined
    return this.endedAt ?? now
  }
}
