import { LazyAbort } from '../dial/lazy-abort.ts'
import { afterPoll } from '../health/poll-turn.ts'
import type { CloseReason } from '../metrics/stats.ts'
import { asError } from './as-error.ts'
import type { Entry } from './entry.ts'
import type { Hooks } from './hooks.ts'
import type { ResolvedPoolOptions } from './pool-options.ts'
import { wake } from './turn-end.ts'

/** What came of it: an error, a flaw of the wire that shows now, or neither. */
export type Examined<C> = (entry: Entry<C>, error: Error | undefined, flaw: CloseReason | undefined) => void

/** Runs what is done to a connection while nobody has it: the check of one poll turn, the probe, the reset. */
export class Examining<C> {
  readonly #options: ResolvedPoolOptions<C>
  readonly #hooks: Hooks
  readonly #examined: Examined<C>

  constructor(options: ResolvedPoolOptions<C>, hooks: Hooks, examined: Examined<C>) {
    this.#options = options
    this.#hooks = hooks
    this.#examined = examined
  }

  start(entry: Entry<C>): void {
    if (entry.state !== 'probing') return
    const abort = new LazyAbort()
    entry.abort = abort
    if (isWait(entry)) return afterPoll(() => this.#ended(entry, abort, undefined))
    const isReset = entry.examination === 'reset'
    const hook = isReset ? this.#options.reset : this.#options.probe
    if (hook === undefined) return this.#ended(entry, abort, undefined)
    wake(entry)
    entry.keeper?.unref() // whoever waits for it keeps the process alive; an examination by itself does not
    this.#hooks.run(hook, entry.connection as C, abort).then(
      (answer) => this.#ended(entry, abort, answer === false && !isReset ? saidNo() : undefined),
      (error: unknown) => this.#ended(entry, abort, asError(error)),
    )
  }

  /** Only the examination that is under way counts; one that was given up compares unequal. */
  #ended(entry: Entry<C>, abort: LazyAbort, error: Error | undefined): void {
    if (entry.state !== 'probing' || entry.abort !== abort) return
    entry.abort = undefined
    this.#examined(entry, error, error === undefined ? flawAfter(entry) : undefined)
  }
}

/** Nothing runs but the loop. */
function isWait<C>({ examination }: Entry<C>): boolean {
  return examination === 'turn' || examination === 'flush'
}

function saidNo(): Error {
  return new Error('the probe answered false')
}

/** What keeps a stream from going on; after the user's code it is also put back as it was. */
function flawAfter<C>({ keeper, examination }: Entry<C>): CloseReason | undefined {
  if (keeper === undefined || examination === 'turn') return keeper?.flaw()
  return keeper.flaw() ?? (keeper.scrub() ? undefined : 'dirty')
}
