import { type Clock, systemClock } from 'connpool'
import { type DestinationStream, type Logger, pino } from 'pino'

import type { LogSettings } from '../config/settings.ts'
import { errorFacts } from './error-facts.ts'
import { EVENT_LINES } from './event-lines.ts'
import { isFailure } from './is-failure.ts'
import { LineBudget } from './line-budget.ts'
import { RefusalTally } from './refusal-tally.ts'
import { safeText } from './safe-text.ts'
import type { ServerEvent } from './server-event.ts'
import type { EndedSession, RefusedClient, ServerLog } from './server-log.ts'
import { standardError } from './standard-error.ts'

/** How many lines about sessions a process writes in a second. Those beyond are counted, and the count is written. */
const SESSION_LINES_PER_SECOND = 100
const DIGEST_MS = 1_000

export interface JsonLogOptions extends LogSettings {
  /** Said in each line, where there are several processes. */
  readonly worker?: number
  /** Where lines go. Default: standard error. */
  readonly destination?: DestinationStream
  readonly clock?: Clock
  /** From 0 to below 1: which sessions are sampled. Default `Math.random`. */
  readonly random?: () => number
}

/** A log of one JSON object a line, by pino. */
export class JsonLog implements ServerLog {
  readonly #logger: Logger
  #accessRatio: number
  readonly #clock: Clock
  readonly #random: () => number
  readonly #budget = new LineBudget(SESSION_LINES_PER_SECOND)
  readonly #refusals = new RefusalTally()
  #digest: Disposable | undefined

  constructor(options: JsonLogOptions) {
    this.#logger = loggerFor(options)
    this.#accessRatio = options.accessRatio
    this.#clock = options.clock ?? systemClock
    this.#random = options.random ?? Math.random
  }

  /** Goes on with another level and another part of the sessions. */
  configure({ level, accessRatio }: LogSettings): void {
    this.#logger.level = level
    this.#accessRatio = accessRatio
  }

  event(event: ServerEvent): void {
    const [level, message] = EVENT_LINES[event.event]
    this.#logger[level](safeFacts(event), message)
  }

  refused(client: RefusedClient): void {
    this.#refusals.add(client)
    this.#digestSoon()
  }

  sessionEnded(session: EndedSession): void {
    const hasFailed = isFailure(session.end)
    if (!hasFailed && (this.#accessRatio === 0 || this.#random() >= this.#accessRatio)) return
    if (!this.#budget.spend(this.#clock.now())) return this.#digestSoon()
    this.#logger[hasFailed ? 'warn' : 'info'](safeFacts({ event: 'session-ended', ...session }), 'a session ended')
  }

  flush(): void {
    this.#digest?.[Symbol.dispose]()
    this.#writeDigest()
    this.#logger.flush()
  }

  #digestSoon(): void {
    this.#digest ??= this.#clock.wakeAt(this.#clock.now() + DIGEST_MS, () => this.#writeDigest())
  }

  #writeDigest(): void {
    this.#digest = undefined
    for (const count of this.#refusals.take()) {
      this.#logger.warn(safeFacts({ event: 'clients-refused', ...count }), 'clients were refused')
    }
    const suppressed = this.#budget.takeSuppressed()
    if (suppressed === 0) return
    this.#logger.warn({ event: 'sessions-not-logged', suppressed }, 'more sessions ended than are logged')
  }
}

function loggerFor({ level, worker, destination }: JsonLogOptions): Logger {
  const options = {
    level,
    base: { pid: process.pid, ...(worker !== undefined && { worker }) },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  return pino(options, destination ?? standardError())
}

/** Strings become safe, errors facts, numbers short; what is undefined is left out. */
function safeFacts(facts: object): Record<string, unknown> {
  const entries = Object.entries(facts as Readonly<Record<string, unknown>>)
  return Object.fromEntries(entries.map(([name, value]) => [name, safeFact(name, value)]))
}

function safeFact(name: string, value: unknown): unknown {
  if (value === undefined) return undefined
  if (name === 'error') return errorFacts(value)
  if (typeof value === 'string') return safeText(value)
  if (typeof value === 'number') return Math.round(value * 1_000) / 1_000
  return Array.isArray(value) ? value.slice(0, 100).map((each) => safeText(String(each))) : value
}
