import { dialEndpoint } from '../dial/dialer.ts'
import type { HookContext, ResolvedPoolOptions } from './pool-options.ts'

/** What opens a connection: the user's `dial`, else a socket to the endpoint. */
export function openerOf<C>(options: ResolvedPoolOptions<C>): (context: HookContext) => C | PromiseLike<C> {
  if (options.dial !== undefined) return options.dial
  const { endpoint, keepAliveMs, noDelay } = options
  if (endpoint === undefined) throw new Error('bug: options with neither endpoint nor dial')
  return ({ signal }) => dialEndpoint(endpoint, { keepAliveMs, noDelay, signal }) as Promise<C>
}
