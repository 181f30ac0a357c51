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

/** A value that is looked at. */
interface Watched {
  readonly thresholdIn: (settings: MonitorSettings) => Threshold
  /** A sentence about a value. */
  readonly tell: (value: string) => string
  readonly valueOf: (readings: Readings) => number
  readonly print: (value: number) => string
}

interface Watch extends Watched {
  threshold: Threshold
  level: number
}

const WATCHES: readonly Watched[] = [
  {
    thresholdIn: ({ eventLoopDelay }) => eventLoopDelay,
    tell: (value) => `the event loop is ${value} late`,
    valueOf: ({ eventLoopDelayMs }) => eventLoopDelayMs,
    print: inMs,
  },
  {
    thresholdIn: ({ heapBytes }) => heapBytes,
    tell: (value) => `the heap has ${value}`,
    valueOf: ({ heapBytes }) => heapBytes,
    print: inMiB,
  },
  {
    thresholdIn: ({ rssBytes }) => rssBytes,
    tell: (value) => `the process has ${value}`,
    valueOf: ({ rssBytes }) => rssBytes,
    print: inMiB,
  },
  {
    thresholdIn: (settings) => settings.fdRatio,
    tell: (value) => `${value} of the file descriptors are open`,
    valueOf: fdRatioOf,
    print: inPercent,
  },
]

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
    this.#watches = WATCHES.map((each) => ({ ...each, threshold: each.thresholdIn(settings), level: 0 }))
  }

  get verdict(): OverloadVerdict {
    return this.#verdict
  }

  /** Other thresholds hold from the next reading on. What has been ordered is not forgotten: it has to be taken back. */
  setRules(settings: MonitorSettings): void {
    for (const each of this.#watches) each.threshold = each.thresholdIn(settings)
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
