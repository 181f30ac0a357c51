import type { MonitorSettings, Threshold } from '../config/settings.ts'
import type { Readings } from './readings.ts'

/** A value has to fall so far below a threshold before it counts as below it again. */
const HYSTERESIS_RATIO = 0.1

/** What has been ordered holds at least so long, before less is. */
const LEAST_MS = 1_000

/** `refuse`: new clients are refused. `stop`: nothing is accepted, what comes waits in the system's backlog. */
export type OverloadOrder = 'ok' | 'refuse' | 'stop'

const ORDERS: readonly OverloadOrder[] = ['ok', 'refuse', 'stop']

export interface OverloadVerdict {
  readonly order: OverloadOrder
  /** Why, for people: the value that is worst and its threshold. Undefined exactly when `ok`. */
  readonly reason: string | undefined
}

const OK: OverloadVerdict = { order: 'ok', reason: undefined }

interface Watch {
  readonly threshold: Threshold
  /** A sentence about a value. */
  readonly tell: (value: string) => string
  readonly valueOf: (readings: Readings) => number
  readonly print: (value: number) => string
  level: number
}

/**
 * What a process that has too little left orders its listeners. It is stricter at once, and milder only when every value
 * has fallen a tenth below its threshold and the order has held for a second, so that it does not flicker.
 *
 * Pure: time is an argument, in milliseconds.
 */
export class OverloadMachine {
  readonly #watches: readonly Watch[]
  #verdict: OverloadVerdict = OK
  #level = 0
  #since = -Infinity

  constructor(settings: MonitorSettings) {
    this.#watches = [
      watch(
        settings.eventLoopDelay,
        (value) => `the event loop is ${value} late`,
        (now) => now.eventLoopDelayMs,
        inMs,
      ),
      watch(
        settings.heapBytes,
        (value) => `the heap has ${value}`,
        (now) => now.heapBytes,
        inMiB,
      ),
      watch(
        settings.rssBytes,
        (value) => `the process has ${value}`,
        (now) => now.rssBytes,
        inMiB,
      ),
      watch(settings.fdRatio, (value) => `${value} of the file descriptors are open`, fdRatioOf, inPercent),
    ]
  }

  get verdict(): OverloadVerdict {
    return this.#verdict
  }

  /** Answers whether there is another order. */
  observe(readings: Readings, now: number): boolean {
    for (const each of this.#watches) each.level = levelOf(each, each.valueOf(readings))
    const level = Math.max(...this.#watches.map((each) => each.level))
    if (level < this.#level && now - this.#since < LEAST_MS) return false
    const hasChanged = level !== this.#level
    // An order that is confirmed does not begin anew: what counts is how long it has held.
    if (hasChanged) this.#since = now
    this.#level = level
    this.#verdict = this.#verdictOn(readings)
    return hasChanged
  }

  #verdictOn(readings: Readings): OverloadVerdict {
    const worst = this.#watches.find(({ level }) => level > 0 && level === this.#level)
    const order = ORDERS[this.#level] ?? 'stop'
    return worst === undefined ? OK : { order, reason: reasonOf(worst, order, worst.valueOf(readings)) }
  }
}

function watch(threshold: Threshold, tell: Watch['tell'], valueOf: Watch['valueOf'], print: Watch['print']): Watch {
  return { threshold, tell, valueOf, print, level: 0 }
}

/** 0, 1 or 2: the place among {@link ORDERS}. */
function levelOf({ threshold, level }: Watch, value: number): number {
  const { refuseAt, stopAt } = threshold
  if (value >= lowered(stopAt, level >= 2)) return 2
  return value >= lowered(refuseAt, level >= 1) ? 1 : 0
}

function lowered(bound: number, isReached: boolean): number {
  return isReached ? bound * (1 - HYSTERESIS_RATIO) : bound
}

function reasonOf({ tell, threshold, print }: Watch, order: OverloadOrder, value: number): string {
  const bound = order === 'stop' ? threshold.stopAt : threshold.refuseAt
  return `${tell(print(value))}, ${order === 'stop' ? 'nothing is accepted' : 'clients are refused'} from ${print(bound)}`
}

function fdRatioOf({ fds, fdLimit }: Readings): number {
  return fds === undefined || fdLimit === undefined ? 0 : fds / fdLimit
}

function inMs(value: number): string {
  return `${Math.round(value)} ms`
}

function inMiB(value: number): string {
  return `${Math.round(value / 2 ** 20)} MiB`
}

function inPercent(value: number): string {
  return `${Math.round(value * 100)} %`
}
