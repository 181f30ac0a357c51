import type { Clock } from 'connpool'

import type { ListenerSettings } from '../config/settings.ts'
import type { ServerLog } from '../log/server-log.ts'
import { DeadlineList } from '../session/deadline-list.ts'
import type { ListenerCounters } from '../session/listener-counters.ts'
import type { Session } from '../session/session.ts'
import type { Deadlines, SessionHost } from '../session/session-host.ts'

/** How long a client may take to say goodbye after us. */
const LINGER_MS = 5_000

export interface SessionsOptions {
  readonly settings: ListenerSettings
  readonly clock: Clock
  readonly counters: ListenerCounters
  readonly log: ServerLog
  /** How long a session may wait for a connection where requests have no deadline. */
  readonly connectionTimeoutMs: number
  /** A session is over and its socket gone. */
  closed(session: Session): void
}

/** The open sessions of one listener, and what they share. */
export class Sessions implements SessionHost {
  readonly clock: Clock
  readonly counters: ListenerCounters
  readonly deadlines: Deadlines
  readonly #options: SessionsOptions
  readonly #open = new Set<Session>()
  readonly #emptied: (() => void)[] = []
  isDraining = false

  constructor(options: SessionsOptions) {
    const { settings, clock, counters } = options
    this.#options = options
    this.clock = clock
    this.counters = counters
    this.deadlines = {
      connection: new DeadlineList(clock, options.connectionTimeoutMs),
      request: new DeadlineList(clock, settings.requestTimeoutMs),
      idle: new DeadlineList(clock, settings.idleTimeoutMs),
      linger: new DeadlineList(clock, LINGER_MS),
    }
  }

  get size(): number {
    return this.#open.size
  }

  add(session: Session): void {
    this.#open.add(session)
    this.counters.sessions++
  }

  sessionClosed(session: Session): void {
    if (!this.#open.delete(session)) return
    this.counters.sessions--
    this.counters.sessionEnded(session.end ?? '--')
    this.#options.log.sessionEnded(this.#lineOf(session))
    this.#options.closed(session)
    if (this.size === 0) for (const emptied of this.#emptied.splice(0)) emptied()
  }

  /** Those at rest end now, the others after their last reply. */
  drain(): void {
    this.isDraining = true
    for (const session of [...this.#open]) session.conversation?.drain()
  }

  /** Resolves when there are none. */
  async empty(): Promise<void> {
    if (this.size > 0) await new Promise<void>((resolve) => this.#emptied.push(resolve))
  }

  /** Ends all of them now. How many of those were not over. */
  cut(): number {
    return [...this.#open].filter((session) => session.interrupt()).length
  }

  #lineOf(session: Session): Parameters<ServerLog['sessionEnded']>[0] {
    const { id, remote, bytesIn, bytesOut, requests, end = '--', startedAt, port } = session
    const { error } = port
    return {
      id,
      listener: this.#options.settings.name,
      remoteAddress: remote.address,
      remotePort: remote.port,
      end,
      durationMs: this.clock.now() - startedAt,
      bytesIn,
      bytesOut,
      requests,
      ...(error !== undefined && { error }),
    }
  }
}
