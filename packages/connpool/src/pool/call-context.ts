import type { LazyAbort } from '../dial/lazy-abort.ts'
import type { EndpointLike } from '../endpoint.ts'
import type { HookContext } from './pool-options.ts'

let signalProperty: PropertyDescriptor

/**
 * What one call of a hook is told. Most hooks never read their signal: it is made when they do. All of it is the object's
 * own, so that a copy has it too; and one getter serves all, for with a getter each no two of them would be of one shape,
 * and reading the signal would cost as much as making it.
 */
export class CallContext implements HookContext {
  static {
    const get = function (this: CallContext): AbortSignal {
      return this.#abort.signal
    }
    signalProperty = { get, enumerable: true, configurable: true }
  }

  readonly endpoint: EndpointLike | undefined
  declare readonly signal: AbortSignal
  readonly onAbort: HookContext['onAbort']
  readonly #abort: LazyAbort

  constructor(endpoint: EndpointLike | undefined, abort: LazyAbort) {
    this.endpoint = endpoint
    this.#abort = abort
    Object.defineProperty(this, 'signal', signalProperty)
    this.onAbort = (listener) => abort.onAbort(harmless(listener))
  }
}

/** It runs in the middle of what the pool does next, which must not fail for it. */
function harmless(listener: (reason: unknown) => void): (reason: unknown) => void {
  return (reason) => {
    try {
      listener(reason)
    } catch {
      // nobody waits for this hook any more
    }
  }
}
