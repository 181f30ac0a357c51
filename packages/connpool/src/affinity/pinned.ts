import { AsyncLocalStorage } from 'node:async_hooks'

/** Where in the code we are: inside this pin and, there, perhaps inside the work of this holder. */
export interface PinScope<Pin, Holder> {
  readonly pin: Pin
  readonly holder: Holder | undefined
}

/**
 * Finds the pin of the running async context. The context is tracked only from the first `run` on, since tracking makes
 * every promise of the process dearer.
 */
export class PinScopes<Pin extends { readonly isOver: boolean }, Holder> {
  #scopes: AsyncLocalStorage<PinScope<Pin, Holder>> | undefined

  /** Whether there has been a pin at all: if not, there is no context to look at. */
  get areUsed(): boolean {
    return this.#scopes !== undefined
  }

  get current(): PinScope<Pin, Holder> | undefined {
    const scope = this.#scopes?.getStore()
    return scope === undefined || scope.pin.isOver ? undefined : scope
  }

  /** Runs `work`, and whatever it starts, inside `pin`. */
  run<R>(pin: Pin, work: () => R): R {
    this.#scopes ??= new AsyncLocalStorage()
    return this.#scopes.run({ pin, holder: undefined }, work)
  }

  /** Runs `work` as what `holder` does: inside the present pin, if any, others know then that they are nested in it. */
  holding<R>(holder: Holder, work: () => R): R {
    const scope = this.current
    if (scope === undefined || this.#scopes === undefined) return work()
    return this.#scopes.run({ pin: scope.pin, holder }, work)
  }
}
