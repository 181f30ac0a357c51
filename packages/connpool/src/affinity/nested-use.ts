import { AsyncLocalStorage } from 'node:async_hooks'

import type { PoolError } from '../errors.ts'
import { type NestedAcquire, NestedReports } from './nested-reports.ts'

/** A `use()` whose work goes on. */
export interface Use<Holder> {
  readonly holder: Holder
  /** Made where it was called, so that its stack can be told. */
  readonly calledAt: Error
}

interface Scope<Holder> extends Use<Holder> {
  outer: Scope<Holder> | undefined
}

/**
 * Finds the `use()` that the running code is part of, and reports acquires inside it that might wait for it. It tracks
 * the async context, which makes every promise of the process dearer: there is one only where it was asked for.
 */
export class NestedUse<Holder> {
  readonly #scopes = new AsyncLocalStorage<Scope<Holder>>()
  readonly #isHeld: (holder: Holder) => boolean
  readonly #reports: NestedReports

  /** `isHeld` asks whether a holder still has what it was lent: if not, nobody can wait for it. */
  constructor(mode: 'warn' | 'error', isHeld: (holder: Holder) => boolean) {
    this.#isHeld = isHeld
    this.#reports = new NestedReports(mode)
  }

  /** The innermost use around the running code that still has what it was lent. */
  get around(): Use<Holder> | undefined {
    return this.#firstHeld(this.#scopes.getStore())
  }

  /** Runs `work`, and whatever it starts, as what `holder` was lent for. */
  run<R>({ holder, calledAt }: Use<Holder>, work: () => R): R {
    const outer = this.#firstHeld(this.#scopes.getStore())
    if (outer !== undefined) outer.outer = this.#firstHeld(outer.outer) // or each use that starts another keeps all before it
    return this.#scopes.run({ holder, calledAt, outer }, work)
  }

  /** Warns, or answers the error that the acquire inside is to be refused with. */
  report(acquire: NestedAcquire): PoolError<'NESTED_ACQUIRE'> | undefined {
    return this.#reports.report(acquire)
  }

  #firstHeld(innermost: Scope<Holder> | undefined): Scope<Holder> | undefined {
    let scope = innermost
    while (scope !== undefined && !this.#isHeld(scope.holder)) scope = scope.outer
    return scope
  }
}
