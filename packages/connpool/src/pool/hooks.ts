import { AsyncResource } from 'node:async_hooks'

import type { LazyAbort } from '../dial/lazy-abort.ts'
import type { EndpointLike } from '../endpoint.ts'
import { CallContext } from './call-context.ts'
import type { HookContext } from './pool-options.ts'

export type Hook<C> = (connection: C, context: HookContext) => unknown

/**
 * Runs the user's code: always in the async context that the pool was made in, so that no caller's context lives on in
 * a connection that others use; and a synchronous throw is a rejection like any other.
 */
export class Hooks {
  readonly #context = new AsyncResource('connpool')
  readonly #endpoint: EndpointLike | undefined

  constructor(endpoint: EndpointLike | undefined) {
    this.#endpoint = endpoint
  }

  context(abort: LazyAbort): HookContext {
    return new CallContext(this.#endpoint, abort)
  }

  run<C>(hook: Hook<C>, connection: C, abort: LazyAbort): Promise<unknown> {
    return this.start(() => hook(connection, this.context(abort)))
  }

  start<R>(work: () => R | PromiseLike<R>): Promise<R> {
    return this.#context.runInAsyncScope(async () => await work())
  }

  /** Runs something of the pool's own in the pool's context. */
  inContext<R>(work: () => R): R {
    return this.#context.runInAsyncScope(work)
  }
}
