import { dialEndpoint } from '../dial/dialer.ts'
import type { LazyAbort } from '../dial/lazy-abort.ts'
import type { Hooks } from './hooks.ts'
import type { ResolvedPoolOptions } from './pool-options.ts'

/** What opens a connection, until it is told to stop. */
export type Opener<C> = (abort: LazyAbort) => C | PromiseLike<C>

/** The user's `dial`, else a socket to the endpoint. */
export function openerOf<C>(options: ResolvedPoolOptions<C>, hooks: Hooks): Opener<C> {
  const { dial, endpoint, keepAliveMs, noDelay } = options
  if (dial !== undefined) return (abort) => dial(hooks.context(abort))
  if (endpoint === undefined) throw new Error('bug: options with neither endpoint nor dial')
  return (abort) => dialEndpoint(endpoint, { keepAliveMs, noDelay, abort }) as Promise<C>
}
