import { PoolError } from '../errors.ts'
import type { PoolStats } from '../metrics/stats.ts'
import { stackHere, stackOf } from '../stack-here.ts'

/** An acquire that may have to wait for the very work that it is part of. */
export interface NestedAcquire {
  readonly endpoint: string
  readonly stats?: PoolStats
  /** The `use()` around it: the connection's number, for how long it has been held, and where it was called. */
  readonly outer: { readonly id: number; readonly ageMs: number; readonly calledAt: Error }
  /** The function of ours that the caller inside has called: the stack is told from there on. */
  readonly calledAs: (...args: never[]) => unknown
}

/** What differs is told; a program that makes up code as it goes must not make us remember all of it. */
const MOST_PAIRS = 100

/** Says where an acquire is nested in a `use()`: by an error each time, or by a warning once for each pair of places. */
export class NestedReports {
  readonly #mode: 'warn' | 'error'
  readonly #pairs = new Set<string>()

  constructor(mode: 'warn' | 'error') {
    this.#mode = mode
  }

  report(acquire: NestedAcquire): PoolError<'NESTED_ACQUIRE'> | undefined {
    const outerStack = stackOf(acquire.outer.calledAt)
    const innerStack = stackHere(acquire.calledAs)
    if (this.#mode === 'error') return errorOf(acquire, outerStack, innerStack)
    if (this.#isNew(`${placeOf(outerStack)}\n${placeOf(innerStack)}`)) warn(acquire, `${outerStack}\n${innerStack}`)
    return undefined
  }

  #isNew(pair: string): boolean {
    if (this.#pairs.has(pair) || this.#pairs.size >= MOST_PAIRS) return false
    this.#pairs.add(pair)
    return true
  }
}

function errorOf(acquire: NestedAcquire, outerStack: string, innerStack: string): PoolError<'NESTED_ACQUIRE'> {
  const { endpoint, stats, outer } = acquire
  const holders = [{ id: outer.id, ageMs: outer.ageMs, stack: outerStack }]
  const error = new PoolError('NESTED_ACQUIRE', messageOf(acquire), { endpoint, stats, holders })
  error.stack = [`PoolError: ${error.message}`, ...framesOf(innerStack)].join('\n')
  return error
}

function warn(acquire: NestedAcquire, detail: string): void {
  process.emitWarning(messageOf(acquire), { type: 'ConnpoolWarning', code: 'CONNPOOL_NESTED_ACQUIRE', detail })
}

function messageOf({ endpoint, outer }: NestedAcquire): string {
  return (
    `A connection to ${endpoint} is acquired inside a use() that holds connection ${outer.id} of the same pool, ` +
    'and may have to wait until that is given back: use the one at hand, or pinned()'
  )
}

function framesOf(stack: string): readonly string[] {
  return stack.split('\n').slice(1)
}

/** The innermost frame of the caller's. */
function placeOf(stack: string): string {
  return framesOf(stack)[0] ?? ''
}
